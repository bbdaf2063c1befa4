import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort, type Machine, makeMachine, PATIENCE_MS, saidOnError } from "./run-cli.ts";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

const root = fileURLToPath(new URL("../../../", import.meta.url));
const bundle = join(root, "test/independent/samples/closed.bundle");
const READS = '@id("reads") permit(principal is Agent, action, resource) when { principal.tier == "T1" };\n';
const NONE = '@id("none") forbid(principal, action, resource);\n';

function registryOf(tier: string): string {
  return JSON.stringify({
    agents: [
      {
        id: "clerk",
        owner: "dana@hello.example",
        deputy: "lee@hello.example",
        purpose: "Read",
        tier,
        expires: "2099-12-31",
        bindings: [{ method: "enrolment" }],
        ceiling: { authorization_details: [{ type: "mcp_tool", server: "deck", tools: ["look"] }] },
      },
    ],
    servers: [
      {
        id: "deck",
        upstream: { transport: "stdio", command: ["true"], isolation: "none" },
        tools: [{ name: "look", data_class: "internal", effect: "read", egress: false }],
      },
    ],
    policies: ["policies/*.cedar"],
  });
}

describe("policies through the command line", () => {
  let machine: Machine;
  let port: number;
  const json = async (...args: string[]) => {
    const { exit, out } = await machine.cli([...args, "--json"]);
    return { exit, body: JSON.parse(out) };
  };
  const put = async (text: string): Promise<void> =>
    writeFile(join(machine.folder, "policies", "a.cedar"), text);

  beforeAll(async () => {
    machine = await makeMachine();
    await mkdir(join(machine.folder, "policies"));
    await cp(join(root, "pilots/hello"), join(machine.folder, "hello"), { recursive: true });
    port = await freePort();
    const up = machine.start(["up", "--port", String(port)]);
    await saidOnError(up, "is ready at");
  });
  afterAll(() => machine.end());

  test("are said not to be there yet, with how the first come about", async () => {
    await put(READS);
    for (const ask of [
      ["policy", "diff", "0", "policies"],
      ["policy", "what-if", "policies"],
    ]) {
      const { exit, err } = await machine.cli(ask);
      expect([exit, err]).toEqual([
        5,
        expect.stringMatching(/no policies yet.*narrowgate policy publish FILE/),
      ]);
    }
  });

  test("are checked without a server: what passes, what fails, what does not compile", async () => {
    const file = join(machine.folder, "hello", "narrowgate.yaml");
    expect(await json("policy", "check", "-f", file)).toMatchObject({
      exit: 0,
      body: { state: "passed", tests: { cases: 5, failed: 0 } },
    });
    for (const named of ["hello/policies", "hello/policies/hello.cedar", "hello", "hello/narrowgate.yaml"])
      expect((await json("policy", "check", named)).body).toMatchObject({ tests: { cases: 5, failed: 0 } });
    const [plain, yes] = ["policies", "with-a-yes"].map((name) => join(machine.folder, "hello", name));
    expect(await readFile(`${yes}/hello.cedar`, "utf8")).toBe(await readFile(`${plain}/hello.cedar`, "utf8"));
    expect((await json("policy", "check", "hello/with-a-yes")).body).toMatchObject({
      state: "passed",
      tests: { failed: 0 },
      analysis: { findings: [] },
    });
    expect(await json("policy", "check", "hello/policies", "-f", "hello/none.yaml")).toMatchObject({
      exit: 5,
    });
    const tests = join(machine.folder, "hello", "policies", "more.cedartest.yaml");
    const wrong =
      "cases:\n  - { name: x, principal: hello, action: mint_token, resource: notes, expect: deny }\n";
    await writeFile(tests, wrong);
    const failed = await machine.cli(["policy", "check", "-f", file]);
    expect(failed.exit).toBe(1);
    expect(failed.out).toMatch(
      /failed: policies\/more.cedartest.yaml: x\n {2}- verdict: "deny"\n {2}\+ verdict: "allow"/,
    );
    const applied = await machine.cli(["apply", "-f", file, "--yes", "--learn-pins"]);
    expect([applied.exit, applied.err]).toEqual([2, expect.stringContaining('test "x" fails')]);
    await writeFile(join(machine.folder, "hello", "policies", "bad.cedar"), "permit (\n");
    expect((await machine.cli(["policy", "check", "-f", file])).exit).toBe(2);
  });

  test("are published, listed, compared and rolled back, each time as a new version", async () => {
    await put(READS);
    expect(await json("policy", "publish", "policies", "--yes")).toMatchObject({
      exit: 0,
      body: { published: true },
    });
    expect(await json("policy", "publish", "policies", "--yes")).toMatchObject({
      body: { published: false },
    });
    await put(NONE);
    const { err } = await machine.cli(["policy", "publish", "policies", "--yes"]);
    expect(err).toContain("(reads)");
    expect(err).toContain("policies/a.cedar (changed)");
    expect(err).not.toContain("not in this file");
    expect(await json("policy", "diff", "0", "policies")).toMatchObject({
      body: { differences: [{ id: "none" }, { id: "reads" }] },
    });
    expect((await json("policy", "publish", "policies", "--yes", "--remove-policies")).exit).toBe(0);
    expect((await json("policy", "rollback", "1", "--yes")).body).toEqual({ published: true });
    const { versions } = (await json("policy", "list")).body;
    expect(versions).toHaveLength(3);
    expect(versions[2].digest).toBe(versions[0].digest);
    expect(
      versions.map(({ cause, same_as }: { cause: string; same_as?: number }) => [cause, same_as]),
    ).toEqual([
      ["first", undefined],
      ["policies", undefined],
      ["policies", 1],
    ]);
    const { out } = await machine.cli(["policy", "list"]);
    expect(out).toMatch(/3 .*policies changed: as version 1 +dana /);
    expect(await json("policy", "diff", "1", "3")).toMatchObject({ body: { differences: [] } });
    expect((await json("policy", "rollback", "9", "--yes")).exit).toBe(5);
  });

  test("bring their tests along: an earlier version that fails its own does not come back", async () => {
    const deck = join(machine.folder, "deck");
    await mkdir(join(deck, "policies"), { recursive: true });
    const cases =
      "cases:\n  - { name: deck, principal: clerk, action: mint_token, resource: deck, expect: allow }\n";
    await writeFile(join(deck, "policies", "a.cedartest.yaml"), cases);
    await writeFile(join(deck, "policies", "a.cedar"), READS.replace("T1", "T2"));
    await writeFile(join(deck, "narrowgate.yaml"), registryOf("T2"));
    const file = ["-f", join(deck, "narrowgate.yaml"), "--yes", "--remove-policies"];
    // Its server answers nothing, so that its definitions stay unknown: that is said by the exit code, and all else is done.
    expect((await machine.cli(["apply", ...file])).exit).toBe(7);
    const { versions } = (await json("policy", "list")).body;
    const tested = String(versions.length);
    const again = await json("policy", "publish", join(deck, "policies"), "--yes");
    expect(again.body).toEqual({ published: false });
    // Only the tests change: another digest, so another version.
    await writeFile(join(deck, "policies", "a.cedartest.yaml"), cases.replace("deck,", "deck again,"));
    expect((await json("policy", "publish", join(deck, "policies"), "--yes")).body).toEqual({
      published: true,
    });
    await writeFile(join(deck, "policies", "a.cedartest.yaml"), cases.replace("allow", "deny"));
    await writeFile(join(deck, "policies", "a.cedar"), NONE);
    await writeFile(join(deck, "narrowgate.yaml"), registryOf("T1"));
    // Its server answers nothing, so that its definitions stay unknown: that is said by the exit code, and all else is done.
    expect((await machine.cli(["apply", ...file])).exit).toBe(7);
    const back = await machine.cli(["policy", "rollback", tested, "--yes"]);
    expect([back.exit, back.err]).toEqual([2, expect.stringContaining('test "deck" fails')]);
  });

  test("stand in the shadow without deciding anything", async () => {
    await put(NONE);
    expect(await json("policy", "shadow", "status")).toEqual({ exit: 0, body: { state: "off" } });
    expect(await json("policy", "shadow", "policies")).toMatchObject({
      exit: 0,
      body: { state: "on", dropped: 0 },
    });
    expect((await json("policy", "shadow", "status")).body).toMatchObject({
      state: "on",
      counts: { judged: 0 },
    });
    await put("permit (");
    expect(await json("policy", "shadow", "policies")).toMatchObject({
      exit: 2,
      body: { state: "rejected" },
    });
    expect((await json("policy", "shadow", "off")).body).toEqual({ state: "off" });
  });

  test("leave an overlay's text to whoever looks ahead in the console, and the reading goes on record", async () => {
    await put(READS);
    await json("policy", "publish", "policies", "--yes", "--remove-policies");
    await put('@id("pause") forbid (principal, action, resource);\n');
    const overlay = ["policy", "forbid", "--file", "policies/a.cedar", "--for", "1h", "--reason", "a test"];
    const { id } = (await json(...overlay)).body;
    const { code } = (await json("console", "code")).body;
    const origin = `http://localhost:${port}`;
    const signIn = { method: "POST", headers: { "content-type": "application/json", origin } };
    const session = await fetch(`${origin}/api/session`, { ...signIn, body: JSON.stringify({ code }) });
    const cookie = session.headers.get("set-cookie")?.split(";")[0] ?? "";
    const ask = async (path: string) =>
      JSON.parse(await (await fetch(`${origin}${path}`, { headers: { cookie } })).text());
    expect(await ask("/api/overlays")).toMatchObject({
      overlays: [{ id, text: expect.stringContaining("pause") }],
    });
    const { readings } = await ask("/api/audit");
    const { index } = await ask(`/api/entries/${id}`);
    expect(readings).toContainEqual(expect.objectContaining({ from: index, count: 1, who: "dana" }));
    expect((await json("policy", "lift", id, "--reason", "a test")).exit).toBe(0);
    expect(await ask("/api/overlays")).toEqual({ overlays: [] });
  });

  test("are tried on recorded decisions, and refusals are explained", async () => {
    await put(NONE);
    const offline = await json("policy", "what-if", "policies", "--bundle", bundle);
    expect(offline).toMatchObject({ exit: 0, body: { state: "judged", counts: { judged: 10 } } });
    expect(offline.body.changes.length).toBeGreaterThan(2);
    expect(await json("policy", "what-if", "policies", "--since", "1d")).toMatchObject({
      body: { counts: { judged: 0 }, changes: [] },
    });
    expect((await machine.cli(["policy", "what-if", "policies", "--since", "soon"])).exit).toBe(2);
    const { body } = await json("txn", "explain", "--bundle", bundle);
    expect(body.explained[0]).toMatchObject({
      code: "policy_denied",
      explanation: { decided: [{ id: "no-private" }], withoutPolicy: ["no-private"] },
    });
  });
});
