import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Machine, makeMachine, saidOnError } from "../../packages/cli/test/run-cli.ts";
import { freePort } from "./harness/free-port.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FILES = globSync("pilots/*/narrowgate.yaml", { cwd: ROOT }).sort();
/** What a fresh machine may lack, and the head of the file says so. */
const SAID_IN_ITS_HEAD: Readonly<Record<string, readonly string[]>> = {
  "pilots/support-desk/narrowgate.yaml": ["upstream_unavailable", "posture_refused"],
};

async function freshInstance(): Promise<Machine> {
  const machine = await makeMachine();
  machine.env["PATH"] = [join(ROOT, "node_modules", ".bin"), machine.env["PATH"] ?? ""].join(delimiter);
  await saidOnError(machine.start(["up", "--port", String(await freePort())]), "is ready at");
  return machine;
}

describe("every registry file of the repository", () => {
  it("is found", () => {
    expect(FILES).toEqual(["pilots/hello/narrowgate.yaml", "pilots/support-desk/narrowgate.yaml"]);
  });

  it.each(FILES)("%s applies to a fresh instance as it stands", async (file) => {
    const machine = await freshInstance();
    try {
      const done = await machine.cli(["apply", "-f", join(ROOT, file), "--yes", "--learn-pins", "--json"]);
      const { applied, failed } = JSON.parse(done.out);
      expect(applied, done.err).toHaveLength(1);
      const policy = JSON.parse((await machine.cli(["status", "--json"])).out).policy.state;
      expect(policy).toBe("in_force");
      const codes = failed.map(({ code }: { code: string }) => code);
      expect(codes.filter((code: string) => SAID_IN_ITS_HEAD[file]?.includes(code) !== true)).toEqual([]);
    } finally {
      await machine.end();
    }
  });
});

describe("the program of the smallest pilot", () => {
  const message = "No policy is in force.";
  it.each([
    ["the endpoint of `run`", { error: "policy_missing", message }, `${message} (policy_missing)`],
    ["the gate", { jsonrpc: "2.0", id: 1, error: { code: -32603, message } }, message],
  ])("says what it is refused with at the start by %s, and fails", async (_, body, sentence) => {
    const gate = createServer((_request, response) => {
      response.writeHead(403, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
    gate.listen(0, "127.0.0.1");
    await once(gate, "listening");
    const address = gate.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const child = spawn(process.execPath, [join(ROOT, "pilots/hello/hello.mjs")], {
      env: { NARROWGATE_MCP_URL_NOTES: `http://127.0.0.1:${port}/` },
    });
    let said = "";
    child.stderr.on("data", (part: Buffer) => {
      said += part.toString();
    });
    const [exit] = await once(child, "close");
    gate.close();
    expect([exit, said]).toEqual([1, `${sentence}\n`]);
  });
});

describe("the smallest pilot", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await freshInstance();
  });
  afterAll(() => machine.end());

  it("makes one governed call, and one that is refused, by the commands of its page", async () => {
    const page = readFileSync(join(ROOT, "pilots/hello/README.md"), "utf8");
    const file = join(ROOT, "pilots/hello/narrowgate.yaml");
    expect((await machine.cli(["apply", "-f", file, "--yes", "--learn-pins"])).exit).toBe(0);
    const code = await machine.cli(["agent", "join-code", "hello", "--plain"]);
    expect((await machine.cli(["agent", "join", "hello"], code.out)).exit).toBe(0);
    const program = [process.execPath, join(ROOT, "pilots/hello/hello.mjs")];
    const ran = await machine.cli(["run", "--agent", "hello", "--", ...program]);
    expect(ran).toMatchObject({ exit: 0 });
    expect(ran.out).toContain("hello.md: Remember the milk.");
    expect(ran.out).toMatch(/other\.md: Refused \(authority_exceeded\)/);
    for (const line of ran.out.trimEnd().split("\n")) expect(page).toContain(line);

    const listed = JSON.parse((await machine.cli(["txn", "list", "--json"])).out).transactions;
    expect(listed).toHaveLength(1);
    const proof = join(machine.folder, "proof.json");
    await machine.cli(["evidence", "export", "--txn", listed[0].id, "-o", proof]);
    expect((await machine.cli(["verify", proof])).exit).toBe(0);
  });

  it("waits for a person under the policies beside its own, by the commands of the README in their order", async () => {
    const words = (line: string): string[] => line.replaceAll("pilots/", join(ROOT, "pilots/")).split(" ");
    const page = readFileSync(join(ROOT, "README.md"), "utf8");
    for (const verb of ["check", "what-if", "shadow", "publish"]) {
      const line = `policy ${verb} pilots/hello/with-a-yes`;
      expect(page).toContain(`narrowgate ${line} `);
      expect(await machine.cli([...words(line), ...(verb === "publish" ? ["--yes"] : [])])).toMatchObject({
        exit: 0,
      });
    }
    const open = ["mandate", "open", "--agent", "hello", "--purpose", "read the note", "--json"];
    const { id } = JSON.parse((await machine.cli([...open, "--tool", "notes/read_text_file"])).out);
    const program = [process.execPath, join(ROOT, "pilots/hello/hello.mjs")];
    const ran = await machine.cli(["run", "--agent", "hello", "--mandate", id, "--", ...program]);
    expect(ran.out).toMatch(/hello\.md: Refused \(approval_required\)/);
    const { approvals } = JSON.parse((await machine.cli(["approval", "list", "--json"])).out);
    expect(approvals).toMatchObject([{ agent: "hello", operation: "tool read_text_file" }]);
    expect((await machine.cli(["policy", "rollback", "1", "--yes"])).exit).toBe(0);
    const after = await machine.cli(["run", "--agent", "hello", "--", ...program]);
    expect(after.out).toContain("hello.md: Remember the milk.");
  });
});
