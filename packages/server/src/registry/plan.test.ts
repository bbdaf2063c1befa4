import { type JsonObject, manualClock, NarrowgateError } from "@narrowgate/kernel";
import { parsePolicyTests } from "@narrowgate/policy/testing";
import { describe, expect, test } from "vitest";
import { MemoryEvidence } from "../../test/admin/memory-evidence.ts";
import {
  agentDocument,
  applyDocument,
  document,
  filesServer,
  openWorld,
  signed,
  startMs,
} from "../../test/admin/registry-world.ts";
import { planLines } from "./describe-plan.ts";

const small: JsonObject = { servers: [filesServer], agents: [agentDocument("triage")] };

describe("what an operator must not overlook", () => {
  const policy = (id: string): string =>
    `@id("${id}")\n@reason("r")\npermit (principal, action, resource);\n`;
  const files = (...ids: readonly string[]) => [{ name: "all.cedar", text: ids.map(policy).join("\n") }];

  test("is that agents have no policy, until there is one", async () => {
    const { registry } = await openWorld();
    const bare = registry.plan({ document: document(small), prune: false });
    if (bare.kind !== "plan") expect.unreachable();
    expect(bare.alerts).toEqual([
      "no policy is in force after this: every request of every agent is refused",
    ]);
    const whole = registry.plan({ document: document(small), files: files("a"), prune: false });
    expect(whole).toMatchObject({ kind: "plan", alerts: [] });
    expect(registry.plan({ document: document({}), prune: false })).toMatchObject({ alerts: [] });
  });

  test("is which policies end, by name, with the lines of their files", async () => {
    const { registry } = await openWorld();
    const first = registry.plan({ document: document({}), files: files("a", "b"), prune: false });
    if (first.kind !== "plan") expect.unreachable();
    await first.apply(signed);
    const second = registry.plan({ document: document({}), files: files("b", "c"), prune: false });
    if (second.kind !== "plan") expect.unreachable();
    expect(second.alerts).toEqual(["policy a ends: it is in force, and these files do not hold it"]);
    expect(second.toJson()).toMatchObject({ ends: ["a"] });
    const lines = planLines(second);
    expect(lines).toContain('      - @id("a")');
    expect(lines).toContain('      + @id("c")');
    expect(lines).toContain("!! policy a ends: it is in force, and these files do not hold it");
  });

  test("is refused when the files fail their own tests, with every case that fails", async () => {
    const { registry } = await openWorld();
    const about = { principal: "triage", action: "mint_token", resource: "files" };
    const tests = (expected: string) => [
      parsePolicyTests({ cases: [{ name: "tokens", ...about, expect: expected }] }, "t.cedartest.yaml"),
    ];
    const asked = { document: document(small), files: files("a"), prune: false };
    expect(registry.plan({ ...asked, tests: tests("allow") })).toMatchObject({ kind: "plan" });
    expect(registry.plan({ ...asked, tests: tests("deny") })).toMatchObject({
      kind: "refused",
      problems: [
        {
          path: "t.cedartest.yaml",
          code: "policy_invalid",
          message: expect.stringMatching(/^test "tokens" fails: verdict "allow" instead of "deny"/),
        },
      ],
    });
  });

  test("is applied only when its policies may be published, which is asked when there are other ones", async () => {
    const asked: string[] = [];
    const mayPublish = (digest: string): void => {
      asked.push(digest);
      if (asked.length === 1) throw new NarrowgateError("conflict", "somebody else has to");
    };
    const { registry } = await openWorld(new MemoryEvidence(), manualClock(startMs), { mayPublish });
    const plan = () => registry.plan({ document: document(small), files: files("a"), prune: false });
    const [first, second] = [plan(), plan()];
    if (first.kind !== "plan" || second.kind !== "plan") expect.unreachable();
    await expect(first.apply(signed)).rejects.toMatchObject({ code: "conflict" });
    expect([registry.policy().state, registry.agents()]).toEqual(["none", []]);
    await second.apply(signed);
    expect(asked).toEqual([registry.policy().digest, registry.policy().digest]);
  });

  test("is a long value, line by line and whole", async () => {
    const { registry } = await openWorld();
    const upstream = (command: readonly string[]) => ({ transport: "stdio", command, isolation: "user" });
    const command = Array.from({ length: 40 }, (_, i) => `argument-number-${i}`);
    await applyDocument(registry, { servers: [{ ...filesServer, upstream: upstream(command) }] });
    const fewer = command.filter((text) => text !== "argument-number-20");
    const plan = registry.plan({
      document: document({ servers: [{ ...filesServer, upstream: upstream(fewer) }] }),
      prune: false,
    });
    if (plan.kind !== "plan") expect.unreachable();
    expect(planLines(plan).filter((line) => /^ +[-+] /.test(line))).toEqual([
      '      -   "argument-number-20",',
    ]);
  });
});

describe("what keeps a document from being planned", () => {
  test("names what a mistyped tool or server may have meant", async () => {
    const { registry } = await openWorld();
    const ceiling = (server: string, tool: string) => ({
      ceiling: { authorization_details: [{ type: "mcp_tool", server, tools: [tool] }] },
    });
    const said = (server: string, tool: string): readonly string[] => {
      const agents = [agentDocument("a", ceiling(server, tool))];
      const plan = registry.plan({ document: document({ servers: [filesServer], agents }), prune: false });
      return plan.kind === "refused" ? plan.problems.map(({ message }) => message) : [];
    };
    expect(said("files", "raed_text_file")).toEqual([
      '"raed_text_file" is not registered at files; did you mean read_text_file?',
    ]);
    expect(said("file", "write_file")).toEqual(['"file" is not registered as a server; did you mean files?']);
    expect(said("files", "rm")).toEqual(['"rm" is not registered at files']);
  });

  test("names a policy without an id once, and sends nobody to approve tools for it", async () => {
    const { registry } = await openWorld();
    const files = [{ name: "all.cedar", text: '@reason("r")\npermit (principal, action, resource);\n' }];
    const plan = registry.plan({ document: document(small), files, prune: false });
    expect(plan).toEqual({
      kind: "refused",
      problems: [
        { path: "all.cedar:1", code: "policy_invalid", message: 'a policy needs an @id("...") annotation' },
      ],
    });
  });

  test("asks for no isolation where that is refused", async () => {
    const { registry } = await openWorld();
    const upstream = { transport: "stdio", command: ["mcp-files"], isolation: "none" };
    const plan = registry.plan({
      document: document({ servers: [{ ...filesServer, upstream }] }),
      prune: false,
    });
    expect(plan).toMatchObject({
      kind: "refused",
      problems: [{ path: "/servers/0/upstream/isolation", code: "posture_refused" }],
    });
  });
});
