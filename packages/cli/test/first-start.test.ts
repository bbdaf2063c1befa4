import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort, type Machine, makeMachine, PATIENCE_MS, saidOnError, stop } from "./run-cli.ts";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

describe("the first start", () => {
  let machine: Machine;
  let port: number;
  beforeAll(async () => {
    machine = await makeMachine();
    port = await freePort();
  });
  afterAll(() => machine.end());

  test("is what is said to be missing before it, and not a key", async () => {
    await mkdir(machine.data);
    const config = { environment: "dev", base_url: "http://localhost:1", data_directory: "." };
    const file = join(machine.data, "config.json");
    await writeFile(file, JSON.stringify(config));
    const early = await machine.cli(["agent", "suspend", "reader", "--reason", "a test"]);
    await rm(machine.data, { recursive: true });
    expect(early.err).toContain("no server answers there; start it with `narrowgate up` (fetch_failed)");
    expect(early.err).not.toContain("key");
  });

  const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

  test("makes what is durable, enrols the operator, keeps keys private, and ends in order", async () => {
    const up = machine.start(["up", "--port", String(port)]);
    const said = await saidOnError(up, "is ready at");
    expect(said).toContain("First start");
    expect(said).toContain("nobody typed it");
    expect(said).toContain("Enrolled dana as the first operator");
    const key = join(machine.folder, "config", "narrowgate", "operators", `localhost_${port}.json`);
    expect(await modeOf(key)).toBe(0o600);
    expect(await modeOf(machine.data)).toBe(0o700);
    expect(await modeOf(join(machine.data, "admin.sock"))).toBe(0o600);
    expect(said).not.toContain(JSON.parse(await readFile(key, "utf8")).jwk.d);

    const operators = await machine.cli(["operator", "list", "--json"]);
    expect(JSON.parse(operators.out).operators).toMatchObject([{ name: "dana" }]);
    const agents = await machine.cli(["agent", "list"]);
    expect(agents).toMatchObject({ exit: 0 });
    expect(agents.out).toContain("narrowgate apply -f");

    const second = await machine.cli(["up"]);
    expect(second.exit).toBe(6);
    expect(second.err).toBe(
      `narrowgate: Narrowgate runs already on ${machine.data}, at http://localhost:${port}; use that one, or end it first (conflict)\n`,
    );
    expect(await stop(up)).toBe(0);
    const late = await machine.cli(["mandate", "list", "--json"]);
    expect(late.exit).toBe(7);
    expect(JSON.parse(late.out).error.code).toBe("fetch_failed");
  });

  test("is not repeated: the second start finds its store and offers no code", async () => {
    const up = machine.start(["up"]);
    const said = await saidOnError(up, "is ready at");
    expect(said).not.toContain("First start");
    expect(said).not.toContain("one-time code");
    expect(said).toMatch(/^\d\d:\d\d:\d\d unsafe: environment: dev/m);
    expect(said).not.toContain('"kind"');
    expect(await stop(up)).toBe(0);
  });

  test("holds an instance to the address it was made for", async () => {
    const other = await machine.cli(["up", "--port", String(port === 65_535 ? 1024 : port + 1)]);
    expect(other.exit).toBe(6);
    expect(other.err).toContain("config.json");
  });

  test("is of the environment that was asked for, which refuses what it may not have", async () => {
    const other = await makeMachine();
    try {
      const up = ["up", "--port", String(await freePort()), "--environment"];
      expect((await other.cli([...up, "production"])).exit).toBe(2);
      expect(existsSync(other.data)).toBe(false);
      const plain = await other.cli([...up, "prod", "--base-url", "http://gate.example"]);
      expect(plain.err).toContain("/base_url must be https in prod");
      const prod = other.start([...up, "prod", "--base-url", "https://gate.example"]);
      expect(await saidOnError(prod, "is ready at")).not.toContain("unsafe: environment");
      const said = await other.cli(["status", "--json"]);
      expect(JSON.parse(said.out).environment).toBe("prod");
      await stop(prod);
      expect((await other.cli(["up", "--environment", "dev"])).exit).toBe(6);
    } finally {
      await other.end();
    }
  });

  test("that broke off is seen as one", async () => {
    const broken = await makeMachine();
    try {
      const folder = join(broken.folder, "half");
      expect((await broken.cli(["up", "--data", folder, "--port", "0"])).exit).toBe(2);
      await broken.cli(["up", "--data", folder, "--base-url", "nonsense"]);
      await writeFile(join(broken.folder, "config.first.json"), "{}");
      await mkdir(join(broken.folder, "keys"));
      const again = await broken.cli(["up", "--data", broken.folder]);
      expect(again).toMatchObject({ exit: 6 });
      expect(again.err).toContain("broke off");
    } finally {
      await broken.end();
    }
  });
});

describe("a first start at an address that is taken", () => {
  let machine: Machine;
  const taken = createServer();
  beforeAll(async () => {
    machine = await makeMachine();
    taken.listen(0, "127.0.0.1");
    await once(taken, "listening");
  });
  afterAll(async () => {
    taken.close();
    await machine.end();
  });

  test("says so, makes nothing, and may be repeated with another port", async () => {
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const refused = await machine.cli(["up", "--port", String(port)]);
    expect(refused.exit).toBe(6);
    expect(refused.err).toContain(`127.0.0.1:${port}`);
    expect(refused.err).toContain("(address_taken)");
    expect(existsSync(join(machine.data, "keys"))).toBe(false);

    const up = machine.start(["up", "--port", String(await freePort())]);
    expect(await saidOnError(up, "is ready at")).toContain("First start");
    expect(await stop(up)).toBe(0);
  });
});

describe("a command without an instance", () => {
  test("says what to do", async () => {
    const machine = await makeMachine();
    try {
      const listed = await machine.cli(["agent", "list"]);
      expect(listed.exit).toBe(6);
      expect(listed.err).toMatch(/narrowgate up.*\(store_missing\)/);
      expect(listed.out).toBe("");
    } finally {
      await machine.end();
    }
  });
});
