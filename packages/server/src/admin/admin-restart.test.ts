import { parseRegistryDocument } from "@narrowgate/contracts";
import { canonicalBytes, type JsonObject, parseStrictJson } from "@narrowgate/kernel";
import { compilePolicies } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { runPolicyTests } from "@narrowgate/policy/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newOperatorKey, signRequest } from "../../test/admin/operator-key.ts";
import { agentDocument, baseUrl, filesServer, liveTool } from "../../test/admin/registry-world.ts";
import { stateReader } from "../compose/state-reader.ts";
import { openContainment } from "../containment/containment.ts";
import { auditLog } from "../evidence/audit/audit-log.ts";
import { newInstance, type TestInstance } from "../evidence/fixtures/instance.ts";
import { OpeningReader } from "../evidence/openings.ts";
import { openOperators } from "../operators/operators.ts";
import type { CompiledBundle } from "../registry/ports.ts";
import { openRegistry } from "../registry/registry.ts";

const engine = createNodeEngine();
const key = newOperatorKey();
let instance: TestInstance;
beforeEach(async () => {
  instance = await newInstance();
});
afterEach(() => instance.remove());

/** The rooms over the real log and the real SQLite store, opened anew each time. */
async function openRooms() {
  const { evidence, store } = await instance.open();
  const state = stateReader(store);
  const { clock } = instance;
  const containment = await openContainment({ evidence, state, listeners: [] });
  const operators = await openOperators({ clock, evidence, state, origin: baseUrl });
  const registry = await openRegistry({
    clock,
    evidence,
    state,
    baseUrl,
    isolationFault: () => undefined,
    compile(bundle) {
      const outcome = compilePolicies(engine, bundle);
      if (outcome.kind === "rejected") return outcome;
      const { digest } = outcome.policies;
      const ids = outcome.policies.ids();
      const test: CompiledBundle["test"] = (tests, world) => runPolicyTests(outcome.policies, tests, world);
      return { ...outcome, digest, ids, procedure: engine.procedureDigest, test, install: () => undefined };
    },
    prepareRevocation: ({ request, ...rest }) =>
      containment.prepare({ ...rest, by: "operator", proof: request }),
  });
  const close = async () => {
    await evidence.close();
    await store.close();
  };
  return { evidence, store, containment, operators, registry, close };
}

type Rooms = Awaited<ReturnType<typeof openRooms>>;

const seen = { method: "POST", path: "/registry/apply", body: new Uint8Array() };
const signer = ({ operators }: Rooms) =>
  operators.verify(signRequest(key, { aud: baseUrl, clock: instance.clock, ...seen }), seen);

async function apply(rooms: Rooms, value: JsonObject, prune = false): Promise<void> {
  const plan = rooms.registry.plan({ document: parseRegistryDocument(value), prune, files: [] });
  if (plan.kind === "refused") return expect.unreachable(JSON.stringify(plan.problems));
  await plan.apply(await signer(rooms));
}

async function enrol({ operators }: Rooms): Promise<void> {
  const code = operators.offerFirst()?.shown ?? "";
  const part = { name: "Ada", jwk: key.jwk, code };
  const request = { method: "POST", path: "/operators", body: canonicalBytes(part) };
  const signature = signRequest(key, { aud: baseUrl, clock: instance.clock, ...request });
  await operators.enrolFirst({ name: "Ada", jwk: { ...key.jwk }, seen: request, signature }, code);
}

test("what operators wrote is there after a restart, ids that were retired stay given, and the log holds", async () => {
  const first = await openRooms();
  await enrol(first);
  const two = { servers: [filesServer], agents: [agentDocument("triage"), agentDocument("refund")] };
  await apply(first, two);
  const live = liveTool("read_text_file", "Reads", { path: { type: "string" } });
  await first.registry.approvePins(
    { server: "files", choices: [live], definitions: [live] },
    await signer(first),
  );
  const refund = first.registry.agent("refund")?.ref;
  await apply(first, { servers: [filesServer], agents: [agentDocument("triage")] }, true);
  await first.close();

  instance.clock.advance(2000);
  const second = await openRooms();
  expect(second.registry.agents()).toEqual(first.registry.agents());
  expect(second.registry.servers()).toEqual(first.registry.servers());
  expect(second.registry.servers()[0]?.tools[0]?.pin?.digest).toBe(live.digest);
  expect(second.registry.policy().digest).toBe(first.registry.policy().digest);
  expect(second.registry.revision()).toBe(first.registry.revision());
  expect(second.operators.list()).toEqual(first.operators.list());
  expect(second.containment.current(`agent:${refund}`)).toBe(1);
  const again = second.registry.plan({ document: parseRegistryDocument(two), prune: false });
  expect(again).toMatchObject({ kind: "refused", problems: [{ path: "/agents/1/id", code: "conflict" }] });
  await second.close();

  const store = await instance.openStore();
  const report = await auditLog(store, new OpeningReader(store, instance.custody.keyEncryption));
  expect(report.findings).toEqual([]);
  const rows = await store.entries(0, 1000);
  const types = rows.map(({ leaf }) => Reflect.get(Object(parseStrictJson(leaf)), "type"));
  for (const type of ["operator", "registry", "policy", "revocation"]) expect(types).toContain(type);
  await store.close();
});

test("no name, purpose, command or policy text stands in a public leaf", async () => {
  const rooms = await openRooms();
  await enrol(rooms);
  await apply(rooms, { servers: [filesServer], agents: [agentDocument("triage")] });
  await rooms.close();
  const store = await instance.openStore();
  const rows = await store.entries(0, 1000);
  const text = rows.map(({ leaf }) => Buffer.from(leaf).toString("utf8")).join("\n");
  for (const name of [
    "triage",
    "Ada Lovelace",
    "Charles Babbage",
    "sorts tickets",
    "read_text_file",
    "mcp-files",
    baseUrl,
  ]) {
    expect(text).not.toContain(name);
  }
  await store.close();
});
