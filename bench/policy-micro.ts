/** Microseconds per policy decision on one thread. Run: node --conditions=@narrowgate/source bench/policy-micro.ts */
import {
  type CompiledPolicies,
  compilePolicies,
  type DecisionRequest,
  type EntityRecord,
  schemaFromRegistry,
} from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";

const agents = 50;
const servers = 10;

function measure(name: string, rounds: number, run: (round: number) => unknown): void {
  for (let i = 0; i < rounds / 2; i++) run(i);
  const samples: number[] = [];
  for (let part = 0; part < 5; part++) {
    const started = performance.now();
    for (let i = 0; i < rounds; i++) run((part + 1) * rounds + i);
    samples.push(((performance.now() - started) * 1000) / rounds);
  }
  samples.sort((a, b) => a - b);
  console.log(`${name.padEnd(58)} ${(samples[2] ?? 0).toFixed(1).padStart(9)} µs`);
}

function timed<T>(name: string, run: () => T): T {
  const started = performance.now();
  const result = run();
  console.log(`${name.padEnd(58)} ${(performance.now() - started).toFixed(1).padStart(9)} ms`);
  return result;
}

const tools = Array.from({ length: servers }, (_, s) => ({
  server: `s${s}`,
  name: "read",
  inputSchema: { type: "object", properties: { path: { type: "string" }, head: { type: "integer" } } },
}));
const { schema } = schemaFromRegistry({ tools });

/** Policies as a registry of many agents has them: each names its agent and a server. */
function policies(count: number): string {
  const guard = '@id("depth") forbid (principal, action, resource) when { context.depth > 4 };\n';
  const each = Array.from({ length: count - 1 }, (_, i) => {
    const scope = `principal == Agent::"a${i % agents}", action == Action::"call_tool", resource in Server::"s${i % servers}"`;
    const path = `context has args && context.args has path && context.args.path like "/p${i}/*"`;
    return `@id("p${i}") permit (${scope}) when { resource.effect == "read" && ${path} };`;
  });
  return guard + each.join("\n");
}

const context = {
  env: "dev",
  txn: "w1.t1",
  basis: "attested",
  assurance: "key",
  depth: 1,
  actors: ["a1", "a2"],
  actor_root: "a1",
  subject: { id: "ada", type: "person" },
  mandate: { purpose: "triage", age_s: 30 },
  time: { unix_s: 1_795_000_000, hour_utc: 9, weekday_utc: 4 },
  scopes: ["files:read"],
  instance: "i1",
  protocol: "mcp",
  bodySigned: true,
};

function request(agent: number, server: number, path: string): DecisionRequest {
  const principal = { type: "Agent", id: `a${agent}` };
  const home = { type: "Server", id: `s${server}` };
  const resource = { type: "Tool", id: `s${server}/read` };
  const operation = { server: home.id, name: "read", dataClass: "internal", effect: "read", egress: false };
  const entities: EntityRecord[] = [
    { uid: principal, attrs: { tier: "T1", owner: "ada", purpose: "triage" }, parents: [] },
    { uid: resource, attrs: operation, parents: [home] },
    { uid: home, attrs: {}, parents: [] },
  ];
  const action = { type: "Action", id: "call_tool" };
  return { principal, action, resource, context: { ...context, args: { path, head: 5 } }, entities };
}

function bench(engine: ReturnType<typeof createNodeEngine>, count: number): void {
  const files = [{ name: "all.cedar", text: policies(count) }];
  const outcome = timed(`compile ${count} policies`, () => compilePolicies(engine, { files, schema }));
  if (outcome.kind === "rejected") throw new TypeError(JSON.stringify(outcome.problems.slice(0, 3)));
  const compiled: CompiledPolicies = outcome.policies;
  const same = request(1, 1, "/p1/x");
  console.log(`  slice of ${compiled.sliceFor(same).policyIds.length}, ${compiled.decide(same).verdict}`);
  measure(`decide, remembered (${count} policies)`, 20_000, () => compiled.decide(same));
  measure(`decide, not remembered (${count} policies)`, 1000, (i) =>
    compiled.decide(request(1, 1, `/p1/${i}`)),
  );
  measure(`decide on everything (${count} policies)`, count > 1000 ? 20 : 100, () =>
    compiled.decideUnsliced(same),
  );
}

const engine = timed("load the engine", createNodeEngine);
const before = process.memoryUsage().rss;
for (const count of [5, 500, 2000]) bench(engine, count);
console.log(`memory grown by ${((process.memoryUsage().rss - before) / 1_048_576).toFixed(0)} MiB`);
