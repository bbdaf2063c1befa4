import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { createTokenClient, signClientAssertion, type TokenClient } from "@narrowgate/agent";
import { type ManualClock, manualClock } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openInstance } from "../../packages/server/src/compose/open-instance.ts";
import { auditLog } from "../../packages/server/src/evidence/audit/audit-log.ts";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { startProgram } from "./harness/server-program.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

let gate: TestInstance;
let agent: TokenClient;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock(Date.now());
  gate = await startInstance({ clock });
  await gate.apply(chainRegistry(), TOKENS_FOR_ALL);
  agent = await gate.join("first");
});
afterEach(() => gate.close());

const quiet = (): void => undefined;
const token = (client = agent) =>
  client.request({ grant_type: "client_credentials", resource: `${gate.issuer}/mcp/files` });

async function expectSoundLog(): Promise<void> {
  const { store, evidence } = gate.instance();
  await evidence.flush();
  expect((await auditLog(store)).findings).toEqual([]);
}

describe("a process of its own", () => {
  it("serves what was there before it, says so in one line, and names what is unsafe", async () => {
    await gate.stop();
    const program = startProgram(gate.configFile);
    expect(await program.ready).toBe(true);
    await expect(token()).resolves.toBeDefined();
    expect(await program.end("SIGTERM")).toBe(0);
    expect(program.lines).toEqual([
      expect.objectContaining({ event: "operator-code" }),
      expect.objectContaining({ event: "ready", baseUrl: gate.issuer }),
    ]);
    for (const setting of ["environment: dev", "witnesses: none", "UV_THREADPOOL_SIZE"])
      expect(program.report()).toContain(setting);
    expect(program.report()).not.toContain(program.lines[0]?.code ?? "");
    await gate.start();
    await expectSoundLog();
  });

  it("answers the request under way when it is asked to end, and then ends", async () => {
    await gate.stop();
    const program = startProgram(gate.configFile);
    expect(await program.ready).toBe(true);
    const socket = connect(Number(new URL(gate.issuer).port), "127.0.0.1");
    const head = `POST /token HTTP/1.1\r\nHost: ${new URL(gate.issuer).host}\r\nContent-Length: 29\r\n`;
    socket.write(`${head}Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type=`);
    // Answered on another connection: the first request is under way by then.
    await fetch(`${gate.issuer}/jwks`);
    const ended = program.end("SIGTERM");
    await refusesConnections();
    socket.write("client_credentials");
    let answer = "";
    for await (const part of socket) answer += String(part);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"error"');
    expect(await ended).toBe(0);
  });

  it("ends with a stable code and changes nothing when it cannot start", async () => {
    const second = startProgram(gate.configFile);
    expect(await second.ready).toBe(false);
    expect(await second.ended).toBe(1);
    // Its address is asked for first; that the store is one server's alone is shown below.
    expect(second.lines).toEqual([expect.objectContaining({ event: "failed", code: "address_taken" })]);
    await expect(token()).resolves.toBeDefined();
    await expectSoundLog();
  });

  it("ends with a stable code when its port is taken, and leaves the store to the next", async () => {
    await gate.stop();
    const other = createServer();
    other.listen(Number(new URL(gate.issuer).port), "127.0.0.1");
    await once(other, "listening");
    const program = startProgram(gate.configFile);
    expect(await program.ready).toBe(false);
    expect(await program.ended).toBe(1);
    expect(program.lines).toEqual([expect.objectContaining({ event: "failed", code: "address_taken" })]);
    other.close();
    await once(other, "close");
    await gate.start();
    await expectSoundLog();
  });
});

async function refusesConnections(): Promise<void> {
  const { port } = new URL(gate.issuer);
  for (;;) {
    const probe = connect(Number(port), "127.0.0.1");
    const isOpen = await new Promise<boolean>((resolve) => {
      probe.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    probe.destroy();
    if (!isOpen) return;
  }
}

describe("two servers on one store", () => {
  it("the second is refused, in this process too, and the first goes on", async () => {
    await expect(openInstance(gate.config, quiet)).rejects.toMatchObject({ code: "store_locked" });
    await expect(token()).resolves.toBeDefined();
    await expectSoundLog();
  });
});

describe("a clock stepped back", () => {
  it("never lets leaf times fall, and revives nothing that was revoked or has expired", async () => {
    const { containment, registry } = gate.instance();
    const { accessToken } = await token();
    await containment.revoke({
      kind: "agent",
      id: registry.agent("first")?.ref ?? "",
      by: "system",
      reason: "test",
    });
    clock.set(clock.nowMs() - 60_000);
    await gate.restart();
    const late = createTokenClient({ ...agent.options, nowMs: () => clock.nowMs() });
    await expect(
      late.request({
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: accessToken,
        subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
        resource: `${gate.issuer}/mcp/files`,
      }),
    ).rejects.toMatchObject({ code: "revoked" });
    await expect(token(late)).resolves.toBeDefined();
    await expectSoundLog();
  });
});

describe("settings of the registry", () => {
  it("hold from the moment they are applied, and over a restart", async () => {
    const life = async (): Promise<number> => {
      const { accessToken } = await token();
      const [, payload = ""] = accessToken.split(".");
      const { exp, iat } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
      return exp - iat;
    };
    expect(await life()).toBe(300);
    await gate.apply({ ...chainRegistry(), settings: { token_life_seconds: 60, mandate_life_seconds: 120 } });
    expect(await life()).toBe(60);
    await gate.restart();
    expect(await life()).toBe(60);
    await gate.apply({
      ...chainRegistry(),
      settings: { token_life_seconds: 600, mandate_life_seconds: 120 },
    });
    // A token does not outlive the mandate an agent opens on its own behalf.
    expect(await life()).toBe(120);
  });
});

describe("the anchor", () => {
  it("of an instance that ended in order is that of its store", async () => {
    await gate.stop();
    const { size } = JSON.parse(await readFile(gate.config.anchorFile, "utf8"));
    await gate.start();
    const [boot] = await gate.instance().store.entries(size, 1);
    expect(Buffer.from(boot?.leaf ?? []).toString("utf8")).toContain('"type":"boot"');
  });
});

describe("a client assertion that was used before a restart", () => {
  const ask = async (assertion: string, path: string) => {
    const form = {
      token: "x",
      client_assertion: assertion,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    };
    const answer = await fetch(`${gate.issuer}${path}`, { method: "POST", body: new URLSearchParams(form) });
    return [answer.status, (await answer.json()).code];
  };

  it.each(["/introspect", "/revoke"])("is of no use at %s after it", async (path) => {
    const { key } = agent.options;
    const sign = () => signClientAssertion(key, "first", gate.issuer, clock.nowMs());
    const [past, ahead] = [
      await sign(),
      await signClientAssertion(key, "first", gate.issuer, clock.nowMs() + 60_000),
    ];
    expect([await ask(past, path), await ask(ahead, path)]).toEqual([
      [200, undefined],
      [200, undefined],
    ]);
    clock.advance(2_000);
    await gate.restart();
    expect([await ask(past, path), await ask(ahead, path)]).toEqual([
      [400, "replayed"],
      [400, "replayed"],
    ]);
    expect(await ask(await sign(), path)).toEqual([200, undefined]);
  });
});
