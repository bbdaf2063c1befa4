import { createHash } from "node:crypto";
import { type Pilot, parsePilot, parseReleaseManifest, releaseDigest } from "@narrowgate/contracts";
import { describe, expect, it } from "vitest";
import { listAt, objectOf } from "../wire/reading.ts";
import { compareRelease, withPilot } from "./carried.ts";
import { POLICIES, registryOf } from "./scene.ts";
import { startUpstreams } from "./upstreams.ts";

const digest = (letter: string): string => letter.repeat(42).concat("A");

const MANIFEST = parseReleaseManifest({
  v: 1,
  agent: { id: "clerk", purpose: "works tickets", tier: "T2", delegates: [] },
  ceiling: { resource: ["{issuer}/mcp/desk"] },
  tools: [],
  policies: [digest("a"), digest("b")],
  response_rules: [],
  procedure: digest("c"),
  brokers: [],
  attested: [],
  declared: { model: "none" },
});

const PILOT: Pilot = parsePilot({
  format: "narrowgate-pilot/1",
  agent: "clerk",
  release: releaseDigest((bytes) => createHash("sha256").update(bytes).digest(), MANIFEST),
  manifest: MANIFEST,
  agents: [{ id: "clerk", ceiling: { resource: ["{issuer}/mcp/desk"] }, delegates: [] }],
  servers: [{ id: "desk", tools: [] }],
  definitions: [],
  entitlements: [
    { group: "desk", issuer: "https://people.example", authority: { resource: ["{issuer}/mcp/desk"] } },
  ],
  policies: [],
  record: { from: 1, to: 2, calls: 0, busiest_minute: 0, used: [] },
});

describe("a release in a sandbox", () => {
  const { manifest } = PILOT;
  const seen = compareRelease(PILOT, { ...manifest, attested: [], declared: {} });

  it("is the same under what was declared where it was asked about, which no sandbox can see", () => {
    expect(seen.differs).toEqual([]);
    expect(seen.isSame).toBe(true);
  });

  it("is another one by any part, and says which", () => {
    const other = { ...manifest, policies: [digest("a")], procedure: digest("d") };
    expect(compareRelease(PILOT, other)).toEqual({ isSame: false, differs: ["policies", "procedure"] });
  });

  it("is another one when the digest that was asked about is not of its manifest", () => {
    expect(compareRelease({ ...PILOT, release: digest("e") }, manifest)).toEqual({
      isSame: false,
      differs: [],
    });
  });
});

describe("the registry of a sandbox with a pilot", () => {
  it("has the pilot at the sandbox's address, enrolled by a code, on stand-ins", async () => {
    const upstreams = await startUpstreams();
    const place = { issuer: "http://localhost:1", upstreams };
    const document = withPilot(registryOf(upstreams), PILOT, place);
    await upstreams.close();
    const clerk = objectOf(listAt(document, "agents").at(-1));
    expect(clerk).toMatchObject({
      id: "clerk",
      bindings: [{ method: "enrolment" }],
      ceiling: { resource: ["http://localhost:1/mcp/desk"] },
    });
    expect(listAt(document, "servers").at(-1)).toMatchObject({
      id: "desk",
      upstream: { transport: "http", url: upstreams.url("desk") },
    });
    expect(listAt(document, "entitlements")).toMatchObject([
      { authority: { resource: ["http://localhost:1/mcp/desk"] } },
    ]);
    expect(listAt(document, "issuers")).toMatchObject([{ issuer: "https://people.example" }]);
  });

  it("has policies of the driver that name an agent of its own each", () => {
    const heads = POLICIES.split(/^(?:permit|forbid) /m).slice(1);
    expect(heads.length).toBe(24);
    expect(heads.filter((head) => !/^\(principal == Agent::"drill-[a-z]+",/.test(head))).toEqual([]);
  });
});
