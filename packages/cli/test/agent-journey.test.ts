import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { sha256 } from "@narrowgate/kernel";
import { cosignatureType, formatVerifierKey, makeVerifierKey } from "@narrowgate/tlog";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CLI, freePort, type Machine, makeMachine, PATIENCE_MS, saidOnError } from "./run-cli.ts";

const require = createRequire(import.meta.url);
const FILES_SERVER = join(
  dirname(require.resolve("@modelcontextprotocol/server-filesystem/package.json")),
  "dist",
  "index.js",
);

const registry = (tools: string): string => `agents:
  - id: reader
    owner: dana@desk.example
    deputy: lee@desk.example
    purpose: Read files
    tier: T1
    expires: 2099-12-31
    bindings: [{ method: enrolment }]
    ceiling:
      authorization_details:
        - type: mcp_tool
          server: files
          tools: [read_text_file]
          constraints: { /path: { prefix: note } }
          data_class: internal
servers:
  - id: files
    upstream:
      transport: stdio
      command: ["${process.execPath}", "${FILES_SERVER}", "."]
      cwd: desk
      isolation: none
    tools:
${tools}
policies: ["policies/*.cedar"]
`;
const READ = "      - { name: read_text_file, data_class: internal, effect: read, egress: false }";
const LIST = "      - { name: list_directory, data_class: internal, effect: read, egress: false }";

/** Says what it was given, and calls a tool through it, with nothing but what any HTTP client has. */
const CHILD = `
const url = process.env.NARROWGATE_MCP_URL_FILES;
const names = Object.keys(process.env).filter((name) => name.startsWith("NARROWGATE"));
const config = JSON.parse((await import("node:fs")).readFileSync(process.env.NARROWGATE_MCP_CONFIG, "utf8"));
const { Client } = await import(process.argv[2]);
const { StreamableHTTPClientTransport } = await import(process.argv[3]);
const client = new Client({ name: "child", version: "1" });
await client.connect(new StreamableHTTPClientTransport(new URL(config.mcpServers.files.url)));
const read = await client.callTool({ name: "read_text_file", arguments: { path: "note.txt" } });
const refused = await client.callTool({ name: "read_text_file", arguments: { path: "secret.txt" } });
const wrong = await fetch(new URL("/nothing/files/mcp", url), { method: "POST", body: "{}" });
const page = await fetch(url, { method: "POST", body: "{}", headers: { origin: "https://evil.example" } });
const other = await fetch(url.replace("/files/", "/other/"), { method: "POST", body: "{}" });
console.log(JSON.stringify({ names, same: config.mcpServers.files.url === url, read, refused, statuses: [wrong.status, page.status, other.status] }));
await client.close();
process.exit(5);
`;

async function witnessKey(name: string): Promise<string> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign"]);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return formatVerifierKey(makeVerifierKey(sha256, { name, type: cosignatureType, publicKey }));
}

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

describe("an agent's journey through the command line", () => {
  let machine: Machine;
  const file = (): string => join(machine.folder, "registry", "narrowgate.yaml");
  const json = async (...args: string[]) => {
    const done = await machine.cli([...args, "--json"]);
    return { exit: done.exit, body: JSON.parse(done.out), err: done.err };
  };

  beforeAll(async () => {
    machine = await makeMachine();
    const folder = join(machine.folder, "registry");
    await mkdir(join(folder, "desk"), { recursive: true });
    await mkdir(join(folder, "policies"));
    await writeFile(join(folder, "desk", "note.txt"), "remember the milk");
    await writeFile(join(folder, "desk", "secret.txt"), "not for agents");
    await writeFile(file(), registry(READ));
    await writeFile(
      join(folder, "policies", "all.cedar"),
      '@id("all")\n@reason("a test")\npermit (principal, action, resource);\n',
    );
    await saidOnError(machine.start(["up", "--port", String(await freePort())]), "is ready at");
  });
  afterAll(() => machine.end());

  test("apply changes nothing without a yes, then everything, then nothing more", async () => {
    const unsure = await machine.cli(["apply", "-f", file()]);
    expect(unsure.exit).toBe(2);
    expect(unsure.err).toContain("+ agent reader");
    expect(unsure.err).toMatch(/confirm with --yes;.* --learn-pins/);
    expect((await machine.cli(["apply"])).err).toContain("narrowgate.yaml");
    expect((await json("agent", "list")).body.agents).toEqual([]);

    const done = await json("apply", "-f", file(), "--yes", "--learn-pins");
    expect(done.exit).toBe(0);
    expect(done.body.approved).toEqual([{ server: "files", kind: "tool", name: "read_text_file" }]);
    expect(done.err).toContain("new tool files/read_text_file");

    const again = await json("apply", "-f", file(), "--yes");
    expect(again.body).toMatchObject({ applied: [], approved: [], left: [], failed: [] });
  });

  test("a tool nobody approved waits", async () => {
    await writeFile(file(), registry(`${READ}\n${LIST}`));
    const left = await json("apply", "-f", file(), "--yes");
    expect(left.body.left).toEqual([{ server: "files", kind: "tool", name: "list_directory" }]);
    expect(left.body.approved).toEqual([]);
  });

  test("join makes a private key on this side, once for each code", async () => {
    const code = await machine.cli(["agent", "join-code", "reader", "--plain"]);
    const joined = await machine.cli(["agent", "join", "reader"], code.out);
    expect(joined.exit).toBe(0);
    const path = join(machine.folder, "config", "narrowgate", "agents", "reader.json");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(dirname(path))).toEqual(["reader.json"]);

    expect((await machine.cli(["agent", "join", "reader"], code.out)).exit).toBe(6);
    const reused = await machine.cli(["agent", "join", "reader", "--replace", "--json"], code.out);
    expect(JSON.parse(reused.out).error.code).toBe("join_code_invalid");
    expect(await readdir(dirname(path))).toEqual(["reader.json"]);

    const elsewhere = ["--agent", "reader", "--url", "https://other.example"];
    const wrong = await machine.cli(["run", ...elsewhere, "--", process.execPath, "-e", "0"]);
    expect(wrong.exit).toBe(2);
    expect(wrong.err).toMatch(/key of reader here is for http:\S+, not for https:\/\/other\.example/);
  });

  test("connect serves the official client of the first generation, and closes its mandate", async () => {
    const [command, ...args] = CLI;
    const transport = new StdioClientTransport({
      command,
      args: [...args, "connect", "files", "--agent", "reader", "--purpose", "a test"],
      env: Object.fromEntries(Object.entries(machine.env).map(([name, value]) => [name, value ?? ""])),
    });
    const client = new Client({ name: "official", version: "1" });
    await client.connect(transport);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["read_text_file"]);
    const { mandates } = (await json("mandate", "list")).body;
    expect(mandates).toMatchObject([{ agent: "reader", purpose: "a test", basis: "asserted_by_agent" }]);
    const read = await client.callTool({ name: "read_text_file", arguments: { path: "note.txt" } });
    expect(JSON.stringify(read)).toContain("remember the milk");
    const refused = await client.callTool({ name: "read_text_file", arguments: { path: "secret.txt" } });
    expect(refused.isError).toBe(true);
    expect(JSON.stringify(refused)).toContain("authority_exceeded");
    // Mandate, token, list, read (decision, dispatch, outcome), refusal: counted while it goes on.
    const [open] = (await json("txn", "list")).body.transactions;
    expect(open).toMatchObject({ state: "open", entries: expect.toSatisfy((count: number) => count >= 7) });
    await client.close();
    await expect
      .poll(async () => (await json("mandate", "list")).body.mandates, { timeout: 10_000 })
      .toEqual([]);
  });

  test("policies in the shadow begin to listen, and decide nothing", async () => {
    const candidate = join(machine.folder, "candidate");
    await mkdir(candidate);
    const stop = '@id("stop") forbid(principal, action == Action::"call_tool", resource);\n';
    await writeFile(
      join(candidate, "stop.cedar"),
      `@id("all") permit (principal, action, resource);\n${stop}`,
    );
    expect((await json("policy", "shadow", "candidate")).body).toMatchObject({ state: "on", samples: [] });
  });

  test("run gives a program an address and no key, and its exit code back", async () => {
    const child = join(machine.folder, "child.mjs");
    await writeFile(child, CHILD);
    const modules = ["index", "streamableHttp"].map((name) =>
      import.meta.resolve(`@modelcontextprotocol/sdk/client/${name}.js`),
    );
    const command = [process.execPath, child, ...modules];
    const ran = await machine.cli(["run", "--agent", "reader", "--", ...command]);
    expect(ran.exit).toBe(5);
    const told = JSON.parse(ran.out);
    expect(told.names.sort()).toEqual(["NARROWGATE_MCP_CONFIG", "NARROWGATE_MCP_URL_FILES"]);
    expect(told.same).toBe(true);
    expect(JSON.stringify(told.read)).toContain("remember the milk");
    expect(JSON.stringify(told.refused)).toContain("authority_exceeded");
    expect(told.statuses).toEqual([404, 403, 404]);
    expect((await json("mandate", "list")).body.mandates).toEqual([]);
    // One of `connect`, one of `run`, each with what it was for: nothing is left over from finding out what to ask for.
    const { transactions } = (await json("txn", "list")).body;
    expect(transactions).toMatchObject([
      { state: "closed", agent: "reader", purpose: "narrowgate reader: files" },
      { state: "closed", agent: "reader", purpose: "a test" },
    ]);
    const open = (await json("txn", "list", "--public")).body.transactions;
    expect(open.map(({ purpose }: { purpose?: string }) => purpose)).toEqual([undefined, undefined]);

    const outside = await machine.cli([
      "run",
      "--agent",
      "reader",
      "--server",
      "mail",
      "--json",
      "--",
      "true",
    ]);
    expect(JSON.parse(outside.out).error.code).toBe("invalid_target");
  });

  test("the evidence can be exported, verified, replayed and audited", async () => {
    const { body } = await json("txn", "list");
    const { id: txn } = body.transactions[0];
    expect((await machine.cli(["evidence", "export", "--txn", txn, "-o", "proof.json"])).exit).toBe(0);
    expect((await machine.cli(["evidence", "export", "--txn", txn, "-o", "proof.json"])).exit).toBe(6);
    const verified = await json("verify", "proof.json");
    expect(verified).toMatchObject({ exit: 0, body: { verdict: "self-consistent", failures: [] } });

    const proof = await readFile(join(machine.folder, "proof.json"), "utf8");
    await writeFile(
      join(machine.folder, "forged.json"),
      proof.replace('"refuse"', '"permit"').replace("note.txt", "nose.txt"),
    );
    expect((await machine.cli(["verify", "forged.json"])).exit).toBe(1);

    const replayed = await machine.cli(["txn", "replay", txn]);
    expect(replayed.exit).toBe(0);
    expect(replayed.out).toContain("files/read_text_file");
    expect(replayed.out).toContain("reader began a task of its own to: narrowgate reader: files");
    expect((await machine.cli(["log", "trust", "-o", "trust.json"])).exit).toBe(0);
    const audited = await json("log", "audit", "--trust", "trust.json");
    expect(audited).toMatchObject({ exit: 0, body: { findings: [], trusted: true } });
    const older = await json("verify", "proof.json", "--trust", "trust.json");
    expect(older).toMatchObject({ exit: 1, body: { failures: [{ rule: "E-24" }] } });
    await machine.cli(["evidence", "export", "--txn", txn, "-o", "later.json"]);
    const trusted = await json("verify", "later.json", "--trust", "trust.json");
    expect(trusted).toMatchObject({ exit: 0, body: { verdict: "verified, unwitnessed", failures: [] } });
  });

  test("other policies are tried on what happened, live and on record", async () => {
    const after = { verdict: "refuse", code: "policy_denied", policies: ["stop"] };
    await expect
      .poll(async () => (await json("policy", "shadow", "status")).body, { timeout: 20_000 })
      .toMatchObject({ dropped: 0, waiting: 0, samples: [{ before: { verdict: "permit" }, after }] });
    const { body } = await json("policy", "what-if", "candidate", "--since", "1d");
    // One call of `connect` and one of `run`; what authority refused, no policy would have allowed.
    expect(body.changes).toMatchObject([{ after }, { after }]);
    expect(body.counts).toMatchObject({ changed: 2, beforePolicy: 2 });
    const one = await json("policy", "what-if", "candidate", "--txn", body.changes[1].txn);
    expect(one.body.changes).toMatchObject([{ decision: body.changes[1].decision }]);
    const explained = (await json("txn", "explain", body.changes[0].txn)).body.explained;
    expect(explained).toMatchObject([{ code: "authority_exceeded" }]);
  });

  test("a witness that is gone is named by status and trust file, and can be removed", async () => {
    const key = await witnessKey("gone.example");
    const address = `http://127.0.0.1:${await freePort()}`;
    for (const [arguments_, wrong] of [
      [[address, "nonsense"], "/key must be"],
      [["nonsense", key], "/url must be"],
    ] as const)
      expect((await machine.cli(["witness", "add", ...arguments_])).err).toContain(wrong);
    expect((await json("witness", "add", address, key)).exit).toBe(0);
    await expect
      .poll(async () => (await machine.cli(["status"])).err, { timeout: 20_000 })
      .toMatch(/witness gone\.example is behind by \d+ leaves, not seen since the server started/);
    const trust = await machine.cli(["log", "trust"]);
    expect(trust.err).toContain("witness gone.example is behind");
    expect(JSON.parse(trust.out).witnesses).toEqual({ keys: [key], threshold: 1 });

    expect((await json("witness", "remove", "nobody.example")).body.error.code).toBe("not_found");
    expect((await json("witness", "remove", key)).body).toEqual({ url: address, key });
    expect((await json("witness", "list")).body.witnesses).toEqual([]);
    expect((await machine.cli(["status"])).err).toBe("");
    expect(JSON.parse((await machine.cli(["log", "trust"])).out).witnesses.threshold).toBe(0);
  });

  test("an agent is shown with its instances and the day it expires", async () => {
    const shown = await machine.cli(["agent", "show", "reader"]);
    expect(shown.out).toContain("expires: 2099-12-31");
    expect(shown.out).toMatch(/live +same-user key +enrolment/);
    const { instances } = (await json("agent", "show", "reader")).body;
    expect(instances).toMatchObject([{ agent: "reader", state: "live", method: "enrolment" }]);
  });

  test("an agent that is not there is said with where to look, whatever is asked of it", async () => {
    for (const words of [["contain"], ["readiness"], ["agent", "join-code"], ["agent", "activate"]])
      expect((await machine.cli([...words, "nosuch"])).err).toMatch(/no such agent.*narrowgate agent list/);
  });

  test("a sign-in without a consent binding says which one is missing", async () => {
    const words = ["connect", "files", "--agent", "reader", "--sign-in", "--browser", "none"];
    const { exit, err } = await machine.cli(words);
    expect([exit, err]).toEqual([
      2,
      expect.stringContaining("{method: consent, redirect_uris: [http://127.0.0.1/callback]}"),
    ]);
  });

  test("a release names the roles that nobody has, and how somebody gets one", async () => {
    const invite =
      /nobody has the role of compliance, iam, pam, security.*people invite NAME --role compliance/;
    const proposed = await machine.cli(["release", "propose", "reader", "--declare", "model=none"]);
    expect([proposed.exit, proposed.out]).toEqual([0, expect.stringMatching(invite)]);
    const [release] = (await json("release", "list")).body.releases;
    const promoted = await machine.cli(["release", "promote", release.id]);
    expect([promoted.exit, promoted.err]).toEqual([3, expect.stringMatching(invite)]);
  });

  test("an agent's revocation says what ends with its tokens", async () => {
    const { exit, out } = await machine.cli(["revoke", "agent", "reader"]);
    expect([exit, out]).toEqual([0, expect.stringMatching(/open mandates.*waited.*withdrawn/)]);
    expect(out).toContain("narrowgate contain reader");
  });

  test("a mandate that would not do is refused before anything is started", async () => {
    const open = ["mandate", "open", "--agent", "reader", "--purpose", "a task", "--tool"];
    const mistyped = (await json(...open, "files/read_text_fiel")).body.error;
    expect(mistyped.code).toBe("invalid_request");
    expect(mistyped.message).toContain("did you mean files/read_text_file?");
    const { id } = (await json(...open, "files/read_text_file")).body;
    expect((await json("mandate", "list")).body.mandates).toMatchObject([{ id }]);
    expect((await json("status")).body.mandates_open).toBe(1);
    expect((await machine.cli(["mandate", "list"])).out).toContain("an operator's word");

    const marker = join(machine.folder, "started");
    const under = async (mandate: string): Promise<string> => {
      const run = ["run", "--agent", "reader", "--mandate", mandate, "--json", "--", "touch", marker];
      const { exit, out } = await machine.cli(run);
      return exit === 0 ? "ran" : JSON.parse(out).error.code;
    };
    expect(await under("AAAAAAAAAAAAAAAAAAAAAA")).toBe("mandate_unknown");
    const connected = await json("connect", "files", "--agent", "reader", "--mandate", "wrong");
    expect(connected.body.error.code).toBe("mandate_unknown");

    expect(await json("revoke", "mandate", id)).toMatchObject({ exit: 0 });
    expect(await under(id)).toBe("revoked");
    await expect(stat(marker)).rejects.toThrow("ENOENT");
    expect((await json("mandate", "list")).body.mandates).toEqual([]);
    expect((await json("status")).body.mandates_open).toBe(0);
    expect(await under((await json(...open, "files/read_text_file")).body.id)).toBe("ran");
  });

  test("policies in force do not end unsaid", async () => {
    const other = join(machine.folder, "registry", "other");
    await mkdir(other);
    const text = '@id("other")\n@reason("a test")\npermit (principal, action, resource);\n';
    await writeFile(join(other, "other.cedar"), text);
    const second = join(machine.folder, "registry", "second.yaml");
    await writeFile(second, 'policies: ["other/*.cedar"]\n');
    const refused = await machine.cli(["apply", "-f", second, "--yes"]);
    expect(refused.exit).toBe(6);
    expect(refused.err).toContain("!! policy all ends");
    expect(refused.err).toContain("--remove-policies");
    const done = await machine.cli(["apply", "-f", second, "--yes", "--remove-policies"]);
    expect(done).toMatchObject({ exit: 0 });
    expect((await machine.cli(["apply", "-f", file(), "--yes", "--remove-policies"])).exit).toBe(0);
  });

  test("everything is revoked only when that is said twice", async () => {
    const unsure = await machine.cli(["revoke", "all", "all"]);
    expect(unsure.exit).toBe(2);
    expect(unsure.err).toContain("--yes");
    expect((await machine.cli(["revoke", "all", "all", "--yes"])).exit).toBe(0);
  });

  test("what is contained gets nothing more", async () => {
    const contained = await json("contain", "reader", "--reason", "a test");
    expect(contained.exit).toBe(0);
    expect(contained.body.agent.state).toBe("suspended");
    const refused = await json("connect", "files", "--agent", "reader");
    expect(refused).toMatchObject({ exit: 3, body: { error: { code: "agent_inactive" } } });
    // Reading the log is on record itself, so there is a range to speak of.
    await machine.cli(["txn", "list"]);
    const again = await json("contain", "reader", "--reason", "what happened since?");
    expect(again.body.ranges).toMatchObject({ revoked: true, acceptances: [] });
    expect(again.body.ranges.ranges).toHaveLength(1);
  });

  test("another operator is admitted by their own signed request", async () => {
    const lee = join(machine.folder, "lee.json");
    const who = ["--operator-key", lee];
    expect((await json("agent", "activate", "reader", ...who)).body.error.code).toBe("operator_unknown");
    const request = await machine.cli(["operator", "enrol", "--name", "lee", "--request", ...who]);
    await writeFile(join(machine.folder, "lee.request"), request.out);
    expect((await json("agent", "activate", "reader", ...who)).body.error.code).toBe("operator_unknown");
    const admitted = await json("operator", "enrol", "--admit", "lee.request");
    expect(admitted).toMatchObject({ exit: 0, body: { name: "lee" } });
    expect((await json("agent", "activate", "reader", ...who)).body.state).toBe("active");
    expect((await json("operator", "remove", admitted.body.ref)).exit).toBe(0);
    expect((await json("agent", "suspend", "reader", ...who)).body.error.code).toBe("operator_unknown");
  });
});
