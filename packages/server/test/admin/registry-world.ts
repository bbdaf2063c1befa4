import { parseRegistryDocument, type RegistryDocument } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type ManualClock, manualClock } from "@narrowgate/kernel";
import { compilePolicies, type PolicyBundle } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { runPolicyTests } from "@narrowgate/policy/testing";
import { type Containment, openContainment } from "../../src/containment/containment.ts";
import { sha256Base64url } from "../../src/platform/crypto-hash/sha256.ts";
import type { Plan } from "../../src/registry/plan-step.ts";
import type { CompiledOrNot, LiveOperation, SignedRequest } from "../../src/registry/ports.ts";
import { openRegistry, type Registry } from "../../src/registry/registry.ts";
import { ROOM_AGENT } from "../../src/registry/rows.ts";
import { MemoryEvidence } from "./memory-evidence.ts";

export const baseUrl = "https://gate.example";
export const startMs = 1_795_000_000_000;
export const signed: SignedRequest = { operator: "AAAAAAAAAAAAAAAAAAAAAA", jws: "e30.e30.AA" };

const engine = createNodeEngine();

/** A registry on a real Cedar engine and a real containment room. */
export interface World {
  readonly registry: Registry;
  readonly containment: Containment;
  readonly evidence: MemoryEvidence;
  readonly clock: ManualClock;
  /** Digests of the bundles that came into force, in order. */
  readonly installed: string[];
  /** Opens everything anew from what is stored. */
  restart(): Promise<World>;
}

export async function openWorld(
  evidence = new MemoryEvidence(),
  clock = manualClock(startMs),
  more: Pick<Parameters<typeof openRegistry>[0], "endsWith" | "mayPublish"> = {},
): Promise<World> {
  const containment = await openContainment({ evidence, state: evidence, listeners: [] });
  const installed: string[] = [];
  const compile = (bundle: PolicyBundle): CompiledOrNot => {
    const outcome = compilePolicies(engine, bundle);
    if (outcome.kind === "rejected") return outcome;
    const { digest } = outcome.policies;
    const install = () => installed.push(digest);
    return {
      kind: "compiled",
      test: (tests, world) => runPolicyTests(outcome.policies, tests, world),
      digest,
      procedure: engine.procedureDigest,
      warnings: outcome.warnings,
      ids: outcome.policies.ids(),
      install,
    };
  };
  const registry = await openRegistry({
    ...more,
    clock,
    evidence,
    state: evidence,
    baseUrl,
    compile,
    // As it is where nobody may change the user, in an environment other than dev.
    isolationFault: ({ isolation }) =>
      isolation === "none" ? "`isolation: none` is for dev alone" : undefined,
    prepareRevocation: ({ request, ...rest }) =>
      containment.prepare({ ...rest, by: "operator", proof: request }),
  });
  return { registry, containment, evidence, clock, installed, restart: () => openWorld(evidence, clock) };
}

/** A server of files with two tools and a family of resources. */
export const filesServer: JsonObject = {
  id: "files",
  upstream: { transport: "stdio", command: ["mcp-files", "/data"], isolation: "user" },
  tools: [
    { name: "read_text_file", data_class: "internal", effect: "read", egress: false },
    { name: "write_file", data_class: "internal", effect: "write", egress: false },
  ],
  resources: [{ prefix: "file:///data/", data_class: "internal" }],
};

/** An agent that may read files. */
export function agentDocument(id: string, more: JsonObject = {}): JsonObject {
  return {
    id,
    owner: "Ada Lovelace",
    deputy: "Charles Babbage",
    purpose: "sorts tickets",
    tier: "T1",
    expires: "2027-06-30",
    ceiling: {
      authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read_text_file"] }],
    },
    bindings: [{ method: "enrolment" }],
    ...more,
  };
}

export function document(value: JsonObject): RegistryDocument {
  return parseRegistryDocument(value);
}

/** Plans and applies, and gives the plan. Fails the test with the problems when there are any. */
export async function applyDocument(
  registry: Registry,
  value: JsonObject,
  options: { readonly prune?: boolean; readonly files?: PolicyBundle["files"] } = {},
): Promise<Plan> {
  const { prune = false, files } = options;
  const plan = registry.plan({ document: document(value), prune, ...(files === undefined ? {} : { files }) });
  if (plan.kind === "refused") throw new Error(JSON.stringify(plan.problems));
  await plan.apply(signed);
  return plan;
}

/** Makes the row of an agent one that nobody has activated yet; whoever opens the registry anew finds it so. */
export async function setRegistered(evidence: MemoryEvidence, id: string): Promise<void> {
  const row = Object(await evidence.get(ROOM_AGENT, id));
  evidence.record([], [{ room: ROOM_AGENT, key: id, value: { ...row, state: "registered" } }]);
}

/** A tool as an upstream states it. */
export function liveTool(name: string, description: string, properties: JsonObject = {}): LiveOperation {
  const definition = { name, description, inputSchema: { type: "object", properties } };
  return { kind: "tool", name, definition, digest: sha256Base64url(canonicalJson(definition)) };
}
