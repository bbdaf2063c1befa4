import type { JsonObject } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  agentDocument,
  applyDocument,
  document,
  filesServer,
  liveTool,
  openWorld,
  signed,
  startMs,
} from "../../test/admin/registry-world.ts";
import { planLines } from "./describe-plan.ts";
import type { Registry } from "./registry.ts";

const small: JsonObject = { servers: [filesServer], agents: [agentDocument("triage")] };

function problemsOf(registry: Registry, value: JsonObject, prune = false): readonly string[] {
  const plan = registry.plan({ document: document(value), prune });
  return plan.kind === "refused" ? plan.problems.map(({ path, code }) => `${path} ${code}`) : [];
}

describe("applying a document", () => {
  test("makes agents active, gives each a ref of its own and fills in the ceiling", async () => {
    const { registry, evidence } = await openWorld();
    await applyDocument(registry, small);
    const agent = registry.agent("triage");
    expect(agent).toMatchObject({ state: "active", version: 1, owner: "Ada Lovelace" });
    expect(agent?.ceiling).toMatchObject({
      scope: ["files:read"],
      resource: ["https://gate.example/mcp/files"],
      authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read_text_file"] }],
    });
    expect(registry.agentByRef(agent?.ref ?? "")).toBe(agent);
    const leaves = evidence.leaves.filter(({ draft }) => draft.type === "registry");
    expect(leaves.map(({ draft }) => [draft.body["kind"], draft.body["action"]])).toEqual([
      ["server", "created"],
      ["agent", "created"],
    ]);
    expect(leaves.map(({ id }) => id)).toEqual([registry.server("files")?.entry, agent?.entry]);
    expect(leaves[1]?.draft).toMatchObject({
      agent: agent?.ref,
      proof: { request: signed.jws },
      content: { document: { id: "triage", state: "active" } },
    });
  });

  test("twice changes nothing the second time, also after a restart", async () => {
    const world = await openWorld();
    await applyDocument(world.registry, small);
    const again = world.registry.plan({ document: document(small), prune: true });
    expect(again).toMatchObject({ kind: "plan", steps: [], unmanaged: [] });
    const { registry } = await world.restart();
    expect(registry.plan({ document: document(small), prune: true })).toMatchObject({ steps: [] });
    expect(registry.agent("triage")).toEqual(world.registry.agent("triage"));
    expect(registry.servers()).toEqual(world.registry.servers());
  });

  test("states what changes, member by member, in one new version with the same ref", async () => {
    const { registry } = await openWorld();
    await applyDocument(registry, small);
    const before = registry.agent("triage");
    const changed = { ...small, agents: [agentDocument("triage", { tier: "T2" })] };
    const plan = await applyDocument(registry, changed);
    expect(planLines(plan).slice(0, -1)).toEqual(["~ agent triage", '    /tier: "T1" -> "T2"']);
    expect(registry.agent("triage")).toMatchObject({ ref: before?.ref, version: 2, tier: "T2" });
  });

  test("does nothing when the registry has changed since the plan was made", async () => {
    const { registry, evidence } = await openWorld();
    const plan = registry.plan({ document: document(small), prune: false });
    await applyDocument(registry, { servers: [filesServer] });
    const { length } = evidence.leaves;
    if (plan.kind !== "plan") expect.unreachable();
    await expect(plan.apply(signed)).rejects.toMatchObject({ code: "conflict" });
    expect(evidence.leaves).toHaveLength(length);
  });

  test("leaves memory as it was when the evidence is not taken", async () => {
    const { registry, evidence } = await openWorld();
    const plan = registry.plan({ document: document(small), prune: false });
    if (plan.kind !== "plan") expect.unreachable();
    evidence.refuseNext = true;
    await expect(plan.apply(signed)).rejects.toMatchObject({ code: "overloaded" });
    expect([registry.agents(), registry.servers(), registry.revision()]).toEqual([[], [], 0]);
  });
});

describe("what a document may not say", () => {
  const { owner: _, ...ownerless } = agentDocument("a");

  test.each([
    ["an owner who is also the deputy", { deputy: "ada lovelace " }, "/agents/0/deputy malformed_input"],
    ["a date that has passed", { expires: "2020-01-01" }, "/agents/0/expires malformed_input"],
    [
      "a server that is not registered",
      { ceiling: { authorization_details: [{ type: "mcp_tool", server: "mail", tools: ["send"] }] } },
      "/agents/0/ceiling/authorization_details/0/server malformed_input",
    ],
    [
      "a tool that is not registered",
      {
        ceiling: {
          authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read_text_file", "rm"] }],
        },
      },
      "/agents/0/ceiling/authorization_details/0/tools/1 malformed_input",
    ],
    [
      "a constraint that does not exist",
      {
        ceiling: {
          authorization_details: [
            {
              type: "mcp_tool",
              server: "files",
              tools: ["read_text_file"],
              constraints: { "/path": { like: "x" } },
            },
          ],
        },
      },
      "/agents/0/ceiling/authorization_details/0/constraints/~1path/like malformed_authority",
    ],
    [
      "what writes, in the ceiling of one who only reads",
      { ceiling: { authorization_details: [{ type: "mcp_tool", server: "files", tools: ["write_file"] }] } },
      "/agents/0/ceiling/authorization_details/0/tools/0 tier_exceeded",
    ],
    [
      "a resource outside the registered families",
      {
        ceiling: {
          authorization_details: [
            { type: "mcp_resource", server: "files", uris: { prefix: "file:///etc/" } },
          ],
        },
      },
      "/agents/0/ceiling/authorization_details malformed_input",
    ],
    [
      "a workload issuer that is not registered",
      { bindings: [{ method: "oidc", issuer: "https://ci.example", claims: { sub: "x" } }] },
      "/agents/0/bindings/0/issuer malformed_input",
    ],
  ])("%s", async (_, more, expected) => {
    const { registry } = await openWorld();
    const value = { servers: [filesServer], agents: [agentDocument("triage", more)] };
    expect(problemsOf(registry, value)).toEqual([expected]);
  });

  test.each([
    [
      "an unknown member, by its path",
      { agents: [agentDocument("triage", { colour: "red" })] },
      "/agents/0/colour",
    ],
    [
      "a delegate that is no agent of the file",
      { agents: [agentDocument("a", { delegates: ["b"] })] },
      "/agents/0/delegates/0",
    ],
    ["an agent without owner", { agents: [ownerless] }, "/agents/0/owner"],
  ])("%s", (_, value, path) => {
    expect(() => document(value)).toThrow(path);
  });

  test("a secret, and the answer does not quote it", () => {
    const value = {
      ...small,
      agents: [agentDocument("triage", { purpose: "ghp_0123456789abcdefghijABCDEFGHIJ" })],
    };
    expect(() => document(value)).toThrow(/^secret_in_config: \/agents\/0\/purpose: looks like a secret$/);
  });

  test("an agent that has run out meanwhile does not keep the rest from being applied", async () => {
    const { registry, clock } = await openWorld();
    await applyDocument(registry, small);
    clock.set(startMs + 400 * 86_400_000);
    expect(problemsOf(registry, { ...small, settings: { token_life_seconds: 60 } })).toEqual([]);
  });
});

describe("what a document no longer names", () => {
  const two = { servers: [filesServer], agents: [agentDocument("triage"), agentDocument("refund")] };

  test("stays, and is listed", async () => {
    const { registry } = await openWorld();
    await applyDocument(registry, two);
    const plan = await applyDocument(registry, small);
    expect(plan.steps).toEqual([]);
    expect(plan.unmanaged).toEqual([{ kind: "agent", id: "refund" }]);
    expect(registry.agent("refund")?.state).toBe("active");
  });

  test("is retired and revoked with prune, and its id is never given again, after restart too", async () => {
    const world = await openWorld();
    await applyDocument(world.registry, two);
    const ref = world.registry.agent("refund")?.ref;
    await applyDocument(world.registry, small, { prune: true });
    expect(world.registry.agent("refund")).toMatchObject({ state: "retired", ref });
    expect(world.containment.current(`agent:${ref}`)).toBe(1);
    expect(world.evidence.of("revocation")).toHaveLength(1);
    const { registry, containment } = await world.restart();
    expect(containment.current(`agent:${ref}`)).toBe(1);
    expect(problemsOf(registry, two)).toEqual(["/agents/1/id conflict"]);
  });

  test("several at once are each revoked, with feed numbers that follow one another", async () => {
    const { registry, evidence, containment } = await openWorld();
    await applyDocument(registry, two);
    await applyDocument(registry, { servers: [filesServer] }, { prune: true });
    expect(evidence.of("revocation").map(({ body }) => body["feed"])).toEqual([1, 2]);
    expect(containment.position()).toBe(2);
  });

  test("a server that goes takes its pins along and cannot come back", async () => {
    const { registry } = await openWorld();
    await applyDocument(registry, { servers: [filesServer] });
    const live = liveTool("read_text_file", "Reads");
    await registry.approvePins({ server: "files", choices: [live], definitions: [live] }, signed);
    await applyDocument(registry, {}, { prune: true });
    expect(registry.servers()).toEqual([]);
    expect(registry.server("files")?.state).toBe("retired");
    expect(problemsOf(registry, { servers: [filesServer] })).toEqual(["/servers/0/id conflict"]);
  });

  test("an issuer may come back, for its name is not ours to give", async () => {
    const issuer = { issuer: "https://idp.example", uses: ["subject"] };
    const { registry } = await openWorld();
    await applyDocument(registry, { issuers: [issuer] });
    await applyDocument(registry, {}, { prune: true });
    expect(registry.issuer("https://idp.example")).toBeUndefined();
    await applyDocument(registry, { issuers: [issuer] });
    expect(registry.issuer("https://idp.example")?.uses).toEqual(["subject"]);
  });
});

describe("what a document names without declaring it", () => {
  const bindings = [{ method: "oidc", issuer: "https://ci.example", claims: { sub: "x" } }];
  const issuers = [{ issuer: "https://ci.example", uses: ["workload"] }];
  const agents = [agentDocument("triage", { bindings })];

  test("may be what is registered, unless that goes with this very document", async () => {
    const { registry } = await openWorld();
    await applyDocument(registry, { servers: [filesServer], issuers });
    expect(problemsOf(registry, { agents })).toEqual([]);
    expect(problemsOf(registry, { agents }, true)).toEqual([
      "/agents/0/bindings/0/issuer malformed_input",
      "/agents/0/ceiling/authorization_details/0/server malformed_input",
    ]);
  });

  test("may not be what was retired", async () => {
    const { registry } = await openWorld();
    await applyDocument(registry, { servers: [filesServer] });
    await applyDocument(registry, { issuers }, { prune: true });
    expect(problemsOf(registry, { agents })).toEqual([
      "/agents/0/ceiling/authorization_details/0/server malformed_input",
    ]);
  });
});

describe("properties", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,12}$/);
  const tool = fc.record({
    name,
    data_class: fc.constantFrom("public", "internal", "confidential", "restricted"),
    effect: fc.constantFrom("read", "write", "irreversible"),
    egress: fc.boolean(),
  });
  const server = fc.record({
    id: name,
    upstream: fc.constantFrom<JsonObject>(
      { transport: "http", url: "http://127.0.0.1:9/mcp" },
      { transport: "stdio", command: ["x"], env: { constructor: "y" } },
    ),
    tools: fc.uniqueArray(tool, { minLength: 1, maxLength: 4, selector: (item) => item.name }),
  });
  const servers = fc.uniqueArray(server, { minLength: 1, maxLength: 4, selector: (item) => item.id });
  const file = servers.chain((list) =>
    fc
      .uniqueArray(fc.tuple(name, fc.subarray(list, { minLength: 1 })), {
        maxLength: 4,
        selector: ([id]) => id,
      })
      .map((agents) => ({
        servers: list,
        agents: agents.map(([id, used]) =>
          agentDocument(id, {
            tier: "T2",
            ceiling: {
              authorization_details: used.map(({ id: at, tools }) => ({
                type: "mcp_tool",
                server: at,
                tools: tools.map((item) => item.name),
              })),
            },
          }),
        ),
      })),
  );

  test("after apply the plan is empty, here and after a restart; and no ref is given twice over any history", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 4 }), async (history) => {
        let world = await openWorld();
        const refs = new Map<string, string>();
        for (const value of history) {
          const input = { document: document(value), prune: true };
          const plan = world.registry.plan(input);
          if (plan.kind === "refused") {
            expect(plan.problems.every(({ code }) => code === "conflict")).toBe(true);
            continue;
          }
          await plan.apply(signed);
          expect(world.registry.plan(input)).toMatchObject({ steps: [], unmanaged: [] });
          world = await world.restart();
          expect(world.registry.plan(input)).toMatchObject({ steps: [], unmanaged: [] });
          const agents = world.registry.agents().map(({ id, ref }) => [`agent ${id}`, ref] as const);
          const servers = world.registry.servers().map(({ id, ref }) => [`server ${id}`, ref] as const);
          for (const [id, ref] of [...agents, ...servers]) {
            expect(refs.get(id) ?? ref).toBe(ref);
            refs.set(id, ref);
          }
          expect(new Set(refs.values()).size).toBe(refs.size);
        }
      }),
      { numRuns: 60 },
    );
  });
});
