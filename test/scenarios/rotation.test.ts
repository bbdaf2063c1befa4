import type { TokenClient } from "@narrowgate/agent";
import { type ManualClock, manualClock } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLog } from "../../packages/server/src/evidence/audit/audit-log.ts";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let gate: TestInstance;
let clock: ManualClock;
let agent: TokenClient;
beforeEach(async () => {
  // Agents sign with the time of day, so the gate's clock starts there.
  clock = manualClock(Date.now());
  gate = await startInstance({ clock, config: { token_key_rotation_hours: 24 } });
  await gate.apply(chainRegistry(), TOKENS_FOR_ALL);
  agent = await gate.join("first");
});
afterEach(() => gate.close());

const token = async (): Promise<string> =>
  (await agent.request({ grant_type: "client_credentials", resource: `${gate.issuer}/mcp/files` }))
    .accessToken;

const exchange = (subject: string) =>
  agent.request({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: subject,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    resource: `${gate.issuer}/mcp/files`,
  });

const kidOf = (jws: string): string =>
  JSON.parse(Buffer.from(jws.split(".")[0] ?? "", "base64url").toString("utf8")).kid;

async function servedKids(): Promise<readonly string[]> {
  const { keys } = await (await fetch(`${gate.issuer}/jwks`)).json();
  return keys.map(({ kid }: { readonly kid: string }) => kid);
}

async function expectSoundLog(): Promise<void> {
  const { store, evidence } = gate.instance();
  await evidence.flush();
  expect((await auditLog(store)).findings).toEqual([]);
}

describe("token keys", () => {
  it("rotate while tokens are being asked for, and none is lost by it", async () => {
    const asked = Array.from({ length: 40 }, () => token());
    const kids = [];
    for (let i = 0; i < 5; i++) kids.push(await gate.instance().rotation.rotate());
    const tokens = await Promise.all(asked);
    const served = await servedKids();
    expect(served).toHaveLength(6);
    for (const each of tokens) expect(served).toContain(kidOf(each));
    for (const each of tokens) await expect(exchange(each)).resolves.toBeDefined();
    expect(kidOf(await token())).toBe(kids.at(-1));
    await expectSoundLog();
  });

  it("are published before they sign, sign after a day, and go when no token under them can live", async () => {
    const { rotation } = gate.instance();
    const old = kidOf(await token());
    clock.advance(24 * HOUR_MS - 5 * MINUTE_MS);
    await rotation.tick();
    await rotation.tick();
    expect(await servedKids()).toHaveLength(2);
    expect(gate.instance().custody.signingTokenKey().kid).toBe(old);
    clock.advance(6 * MINUTE_MS);
    await rotation.tick();
    const fresh = gate.instance().custody.signingTokenKey().kid;
    expect(fresh).not.toBe(old);
    clock.advance(16 * MINUTE_MS);
    await rotation.tick();
    expect(await servedKids()).toHaveLength(2);
    clock.advance(HOUR_MS);
    await rotation.tick();
    expect(await servedKids()).toEqual([fresh]);
    await expectSoundLog();
  });

  it("grow old over a restart", async () => {
    const old = gate.instance().custody.signingTokenKey().kid;
    clock.advance(25 * HOUR_MS);
    await gate.restart();
    await gate.instance().rotation.tick();
    expect(gate.instance().custody.signingTokenKey().kid).not.toBe(old);
  });

  it("that were added when the process ended sign at the next rotation, and stand in the log once", async () => {
    await gate.instance().custody.addTokenKey();
    await gate.restart();
    const waiting = (await servedKids())[0];
    expect(await gate.instance().rotation.rotate()).toBe(waiting);
    expect(await servedKids()).toHaveLength(2);
    await expectSoundLog();
  });
});
