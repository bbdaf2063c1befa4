import {
  type AgentRecord,
  parseDeployment,
  parseReleaseManifest,
  releaseDiff,
  releaseDigest,
  type ServerRecord,
} from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { nodeSha256, sha256Base64url } from "../../platform/crypto-hash/sha256.ts";
import { buildDeployment, type DeploymentSource } from "./build-deployment.ts";
import { buildManifest, type ManifestSource } from "./build-manifest.ts";

function agentAt(issuer: string): AgentRecord {
  return {
    id: "refunds",
    ref: randomId(),
    entry: randomId(),
    version: 3,
    state: "active",
    owner: "ana@example.com",
    deputy: "bo@example.com",
    purpose: "pays back",
    tier: "T3",
    expires: 2_000_000_000,
    delegates: ["triage"],
    ceiling: {
      scope: "payments:refund",
      resource: [`${issuer}/mcp/payments`],
      authorization_details: [
        { type: "mcp_tool", server: "payments", tools: ["refund"], data_class: "confidential" },
      ],
    },
    bindings: [{ method: "enrolment" }],
  };
}

const tool = (name: string, pin: string): ServerRecord["tools"][number] => ({
  name,
  dataClass: "internal",
  effect: "irreversible",
  egress: false,
  scope: "payments:refund",
  pin: { digest: sha256Base64url(pin), definition: {}, entry: randomId() },
});

function serversWith(pin: string): ServerRecord[] {
  return [
    {
      id: "payments",
      ref: randomId(),
      entry: randomId(),
      version: 1,
      state: "active",
      upstream: { transport: "http", url: "http://127.0.0.1:1/mcp", auth: "none" },
      tools: [tool("refund", pin), tool("list", "other")],
      prompts: [],
      resources: [],
      allowUpstreamRequests: [],
    },
  ];
}

function sourceAt(issuer: string, more: Partial<ManifestSource> = {}): ManifestSource {
  return {
    issuer,
    agent: agentAt(issuer),
    servers: serversWith("v1"),
    policies: ["permit(principal, action, resource);"],
    procedure: sha256Base64url("procedure"),
    attested: [],
    declared: { model: "none" },
    ...more,
  };
}

const digestOf = (source: ManifestSource) => releaseDigest(nodeSha256, buildManifest(source));

describe("a release manifest", () => {
  test("is the same wherever the same agent is registered: no address, reference or person is in it", () => {
    const [dev, prod] = [sourceAt("http://localhost:7420"), sourceAt("https://gate.example")];
    expect(digestOf(dev)).toBe(digestOf(prod));
    const text = JSON.stringify(buildManifest(prod));
    for (const word of ["gate.example", "ana@", prod.agent.ref, prod.agent.entry, "127.0.0.1"])
      expect(text).not.toContain(word);
    expect(text).toContain("{issuer}/mcp/payments");
  });

  test("is the same also where people are mapped to what they may have done", () => {
    const mapped = (issuer: string): ManifestSource => {
      const authority = { resource: [`${issuer}/mcp/payments`], scope: [], authorization_details: [] };
      return sourceAt(issuer, { entitlements: [{ group: "desk", issuer: "https://idp", authority }] });
    };
    expect(digestOf(mapped("http://localhost:7420"))).toBe(digestOf(mapped("https://gate.example")));
  });

  test("names the tools the ceiling reaches, with their pins, and no others", () => {
    const { tools } = buildManifest(sourceAt("https://gate.example"));
    expect(tools.map(({ name, pin }) => [name, pin])).toEqual([["refund", sha256Base64url("v1")]]);
  });

  test.each([
    ["a changed tool", { servers: serversWith("v2") }, "tools"],
    ["a further policy", { policies: ["permit(principal, action, resource);", "x"] }, "policies"],
    ["another procedure", { procedure: sha256Base64url("p2") }, "procedure"],
    ["another mapping", { entitlements: [] }, "entitlements"],
    ["another model", { declared: { model: "m" } }, "declared"],
  ] as const)("differs by %s", (_, change, part) => {
    const [before, after] = [
      buildManifest(sourceAt("https://g")),
      buildManifest(sourceAt("https://g", change)),
    ];
    expect(releaseDigest(nodeSha256, after)).not.toBe(releaseDigest(nodeSha256, before));
    expect(releaseDiff(before, after).map((one) => one.part)).toContain(part);
    expect(new Set(releaseDiff(before, after).map((one) => one.part)).size).toBe(1);
  });

  test("names a delegate once, however often it is registered", () => {
    const source = sourceAt("https://gate.example");
    const twice = { ...source, agent: { ...source.agent, delegates: ["triage", "triage"] } };
    expect(parseReleaseManifest(buildManifest(twice)).agent.delegates).toEqual(["triage"]);
  });

  test("is read back as it was made", () => {
    const manifest = buildManifest(sourceAt("https://gate.example", { entitlements: [] }));
    expect(parseReleaseManifest(structuredClone(manifest))).toEqual(manifest);
    expect(() => parseReleaseManifest({ ...manifest, extra: 1 })).toThrow("malformed_input");
  });
});

describe("a deployment", () => {
  const source = sourceAt("https://gate.example");
  const place: DeploymentSource = {
    environment: "prod",
    policy: sha256Base64url("policies"),
    issuer: source.issuer,
    agent: source.agent,
    servers: source.servers,
    issuers: [{ issuer: "https://idp", entry: randomId(), uses: ["subject"] }],
    holders: () => [],
  };

  test("binds the release to this instance, and is read back as it was made", () => {
    const deployment = buildDeployment(buildManifest(source), place);
    expect(parseDeployment(structuredClone(deployment))).toEqual(deployment);
    expect(deployment.audiences).toEqual(["https://gate.example/mcp/payments"]);
    expect(deployment.release).toBe(digestOf(source));
  });

  test("is the same in whatever order things were registered", () => {
    const [payments, ...none] = serversWith("v1");
    expect(none).toEqual([]);
    const servers = payments === undefined ? [] : [{ ...payments, id: "accounts" }, payments];
    const [first, second] = ["a", "b"].map((name) => `https://${name}.example`);
    const issuers = [first, second].map((issuer = "") => ({
      issuer,
      entry: randomId(),
      uses: ["subject"] as const,
    }));
    const holders = ["A", "B", "C"].map((letter) => `${letter.repeat(21)}A`);
    const ceiling = {
      authorization_details: ["accounts", "payments"].map((server) => ({
        type: "mcp_tool",
        server,
        tools: ["list", "refund"],
        data_class: "confidential",
      })),
    };
    const delegates = ["sorting", "triage"];
    const built = (turn: <T>(list: readonly T[]) => T[]) => {
      const agent = { ...source.agent, ceiling, delegates: turn(delegates) };
      const policies = turn(["permit(principal, action, resource);", "forbid(principal, action, resource);"]);
      const manifest = buildManifest({ ...source, agent, policies, servers: turn(servers) });
      return buildDeployment(manifest, {
        ...place,
        agent,
        servers: turn(servers),
        issuers: turn(issuers),
        holders: () => turn(holders),
      });
    };
    const deployment = built((list) => [...list]);
    expect(built((list) => list.toReversed())).toEqual(deployment);
    expect(parseDeployment(structuredClone(deployment))).toEqual(deployment);
    expect(deployment.upstreams.map(({ name }) => name)).toEqual(["accounts", "payments"]);
    expect(deployment.trusted_issuers.map(({ name }) => name)).toEqual([first, second]);
    expect(deployment.signers[0]?.people).toEqual(holders);
  });

  test("does not hang on the leaf that registered an issuer", () => {
    const issuers = [{ issuer: "https://idp", entry: randomId(), uses: ["subject"] as const }];
    const manifest = buildManifest(source);
    expect(buildDeployment(manifest, { ...place, issuers })).toEqual(buildDeployment(manifest, place));
  });
});
