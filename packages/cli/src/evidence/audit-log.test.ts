import { formatLeaf, parseLeafBytes } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, sha256, toBase64url, utf8 } from "@narrowgate/kernel";
import { encodeEntryBundle, Frontier, leafHash } from "@narrowgate/tlog";
import { expect, test } from "vitest";
import type { AdminClient } from "../admin/admin-client.ts";
import { auditLog } from "./audit-log.ts";

const id = (name: string): string => toBase64url(sha256(utf8(name)).subarray(0, 16));
const digest = (name: string): string => toBase64url(sha256(utf8(name)));

const glass = (action: string, more: JsonObject = {}): JsonObject => ({
  ...{ action: `glass_${action}`, proposal: id("glass"), release: digest("r"), deployment: digest("d") },
  ...{ profile: digest("p"), readiness: id("e"), operator: id("ada"), ...more },
});
const registered = (action: string): JsonObject => ({
  ...{ action, kind: "agent", ref: id("agent"), version: 2, operator: id("ada") },
});

const token = (expires_s = 5): JsonObject => ({
  ...{ decision: id("decision"), token: digest("jti"), digest: digest("input"), mode: "root" },
  ...{ jkt: digest("jkt"), expires_s, epochs: [[`release:${digest("d")}`, 0]] },
});

const asked = glass("asked", { not_after: 5_000 });

/** What an audit finds in a log of these leaves of one agent. */
async function findings(bodies: readonly JsonObject[]): Promise<readonly object[]> {
  const tree = new Frontier(sha256);
  const lines: Uint8Array[] = [];
  let prev: string | null = null;
  for (const [seq, body] of bodies.entries()) {
    const type = "kind" in body ? "registry" : "epochs" in body ? "token" : "release";
    const [own, agent] = [
      { id: id("writer"), seq, prev },
      { id: id("agent"), seq, prev },
    ];
    const leaf = { v: 1, id: id(String(seq)), type, at: 1_000 + seq, writer: own, agent, body };
    const bytes = formatLeaf(parseLeafBytes(utf8(canonicalJson(leaf))));
    prev = toBase64url(leafHash(sha256, bytes));
    tree.append(leafHash(sha256, bytes));
    lines.push(bytes);
  }
  // What an instance answers, and nothing else of one.
  const admin: AdminClient = Object.create({ bytes: async () => encodeEntryBundle(lines) });
  const checkpoint = { origin: "gate.example/log/x", size: lines.length, root: tree.root() };
  const head = { note: "", checkpoint: { ...checkpoint, extensions: [] }, witnesses: [] };
  return (await auditLog(admin, head, undefined)).findings;
}

test("finds nothing where what was asked for ends with its agent", async () => {
  expect(await findings([asked, registered("suspended"), glass("ended")])).toEqual([]);
  expect(await findings([asked, glass("opened", { until: 9_000 })])).toEqual([]);
});

test("finds an agent that was stopped without its break-glass, also where the log ends there", async () => {
  const message = "an agent was stopped, and its break-glass did not end with it";
  const finding = { index: 1, rule: "R-26", message };
  expect(await findings([asked, registered("suspended")])).toEqual([finding]);
  expect(await findings([asked, registered("retired"), registered("activated")])).toEqual([finding]);
});

test("finds a break-glass of an agent that is suspended", async () => {
  const found = await findings([registered("suspended"), asked, glass("opened", { until: 9_000 })]);
  expect(found).toEqual([
    expect.objectContaining({ index: 1, rule: "R-26" }),
    expect.objectContaining({ index: 2, rule: "R-26" }),
  ]);
});

test("finds a token that does not keep to the time of its break-glass", async () => {
  const opened = glass("opened", { until: 9_000 });
  const message = "a token does not keep to the time of its break-glass";
  expect(await findings([asked, opened, token(), glass("ended")])).toEqual([]);
  expect(await findings([asked, opened, glass("ended"), token()])).toEqual([
    { index: 3, rule: "R-24", message },
  ]);
  expect(await findings([asked, opened, token(), token(10)])).toEqual([{ index: 3, rule: "R-24", message }]);
  expect(await findings([asked, token()])).toEqual([{ index: 1, rule: "R-24", message }]);
});
