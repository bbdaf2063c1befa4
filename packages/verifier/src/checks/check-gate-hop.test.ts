import { gateCeiling, type SealedOpening } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import type { Evidence } from "../evidence.ts";
import { Findings } from "../findings.ts";
import type { TokenFact } from "../token-facts.ts";
import { checkEffects } from "./check-effects.ts";
import { gateHopFault } from "./check-gate-hop.ts";

const issuer = "https://gate.test";
const url = "https://crm.test/mcp";
const record = {
  name: "read",
  dataClass: "internal",
  effect: "read",
  egress: false,
  scope: "crm:read",
} as const;
const registered = {
  id: "crm",
  upstream: { transport: "http", url, auth: "exchanged" },
  tools: [record],
  prompts: [],
  resources: [],
};
const ceiling = gateCeiling({ issuer, server: "crm", kind: "tool", record });

interface Story {
  readonly document?: JsonObject | null;
  readonly aud?: string;
  readonly reach?: readonly string[];
  readonly bounds?: readonly [JsonObject, JsonObject];
  readonly token?: JsonObject;
  readonly agent?: { readonly id: string };
  readonly action?: string;
  readonly dispatched?: boolean;
}

/** The leaves of one call at an upstream, as far as these checks look at them. */
function story(over: Story): { readonly evidence: Evidence; readonly fact: TokenFact } {
  const {
    document = registered,
    aud = url,
    reach = [`${issuer}/mcp/crm`],
    bounds = [ceiling, ceiling],
    token = {},
  } = over;
  const txn = { id: "t" };
  const leaf = (type: string, id: string, body: JsonObject): JsonObject => ({
    type,
    id,
    body,
    txn: { ...txn },
  });
  const tokenLeaf = {
    ...leaf("token", "k", { decision: "d", mode: "rebind", ...token }),
    ...(over.agent === undefined ? {} : { agent: over.agent }),
  };
  const content = { salt: "s", granted: ceiling, actor_ceiling: bounds[0], client_ceiling: bounds[1] };
  const rows: readonly (readonly [JsonObject, { content?: SealedOpening }])[] = [
    [
      leaf("registry", "r", { kind: "server", ref: "crm-ref" }),
      document === null ? {} : { content: { salt: "s", document } },
    ],
    [leaf("decision", "d", { action: over.action ?? "call", verdict: "permit" }), {}],
    [tokenLeaf, { content }],
    ...(over.dispatched === false
      ? []
      : ([[leaf("dispatch", "x", { decision: "d", server: "crm-ref" }), {}]] as const)),
  ];
  const entries = rows.map(([one, openings], index) => ({ leaf: one, index, openings }));
  const byId = new Map(entries.map((entry) => [entry.leaf["id"], entry]));
  const entry = entries[2];
  return {
    evidence: { entries, byId } as unknown as Evidence,
    fact: { entry, claims: { iss: issuer, aud, ng: { reach } } } as unknown as TokenFact,
  };
}

function faultOf(over: Story): string | undefined {
  const { evidence, fact } = story(over);
  return gateHopFault(evidence, fact);
}

describe("a token that the gate cut for itself", () => {
  it("holds when address, server and ceilings are what the registration says", () => {
    expect(faultOf({})).toBeUndefined();
    expect(faultOf({ document: null })).toBe("undisclosed");
  });

  const wider = { ...ceiling, scope: ["crm:read", "crm:write"] };
  it.each<readonly [string, Story]>([
    ["is for an address that is not registered", { aud: "https://evil.test/mcp" }],
    [
      "is for an upstream that takes no such tokens",
      { document: { ...registered, upstream: { transport: "http", url, auth: "none" } } },
    ],
    ["reaches another server", { reach: [`${issuer}/mcp/files`] }],
    ["reaches a second server", { reach: [`${issuer}/mcp/crm`, `${issuer}/mcp/files`] }],
    ["has a wider ceiling as an actor", { bounds: [wider, ceiling] }],
    ["has a wider ceiling as a client", { bounds: [ceiling, wider] }],
    ["has wider ceilings", { bounds: [wider, wider] }],
    ["is for an operation that is not registered", { document: { ...registered, tools: [] } }],
    ["is no rebind", { token: { mode: "continuation" } }],
    ["is said to be an agent's", { agent: { id: "a" } }],
    ["belongs to no call", { dispatched: false }],
  ])("fails when it %s", (_what, over) => {
    expect(faultOf(over)).toMatch(/^(the|a) /);
  });
});

describe("a call with two effects", () => {
  const failures = (over: Story): readonly string[] => {
    const findings = new Findings();
    checkEffects(story(over).evidence, findings);
    return findings.failures.map(({ rule }) => rule);
  };

  it("is allowed for the gate's own token and the dispatch, and for nothing else", () => {
    expect(failures({})).toEqual([]);
    expect(failures({ agent: { id: "a" } })).toContain("E-11");
    expect(failures({ token: { mode: "root" } })).toContain("E-11");
    expect(failures({ action: "list" })).toContain("E-11");
  });
});
