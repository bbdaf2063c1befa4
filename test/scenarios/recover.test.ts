import { copyFile, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createTokenClient, enrol, generateAgentKey, type TokenClient } from "@narrowgate/agent";
import type { TrustFile } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { formatVerifierKey } from "@narrowgate/tlog";
import { verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recoverInstance } from "../../packages/server/src/compose/recover-instance.ts";
import { auditLog } from "../../packages/server/src/evidence/audit/audit-log.ts";
import { logVerifierKey } from "../../packages/server/src/evidence/checkpoints.ts";
import { exportTransaction } from "../../packages/server/src/evidence/export/export-transaction.ts";
import { OpeningReader } from "../../packages/server/src/evidence/openings.ts";
import { sha256Base64url } from "../../packages/server/src/platform/crypto-hash/sha256.ts";
import { createSqliteStore } from "../../packages/server/src/platform/store/sqlite/open-sqlite-store.ts";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

let gate: TestInstance;
beforeEach(async () => {
  gate = await startInstance();
  await gate.apply(chainRegistry(), TOKENS_FOR_ALL);
});
afterEach(() => gate.close());

const quiet = (): void => undefined;

function storePath(): string {
  const { store } = gate.config;
  return store.kind === "sqlite" ? store.path : "";
}

const tokenFor = (client: TokenClient) =>
  client.request({ grant_type: "client_credentials", resource: `${gate.issuer}/mcp/files` });

const exchange = (client: TokenClient, token: string) =>
  client.request({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: token,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    resource: `${gate.issuer}/mcp/files`,
  });

async function expectSoundLog(): Promise<void> {
  const { store, custody, evidence } = gate.instance();
  await evidence.flush();
  const report = await auditLog(store, new OpeningReader(store, custody.keyEncryption));
  expect(report.findings).toEqual([]);
}

/** What the offline verifier says of the transaction of a token, knowing the log's key and this decision procedure. */
async function verdictOf(token: string): Promise<object> {
  const { evidence, custody, policies } = gate.instance();
  const { origin } = evidence.identity;
  const { txn } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  const bundle = await exportTransaction(evidence, txn, { auditor: randomId(), request: "test" });
  const key = formatVerifierKey(logVerifierKey(origin, custody.log));
  const trust: TrustFile = {
    format: "narrowgate-trust/1",
    logs: [{ origin, key, size: 0, root: sha256Base64url("") }],
    witnesses: { keys: [], threshold: 0 },
    issuers: [],
    procedures: [policies.procedure],
  };
  const engine = createNodeEngine();
  const { verdict, failures } = await verifyBundle(bundle, { trust, crypto: nodeCrypto(), engine });
  return { verdict, failures };
}

/** Puts an older copy of the store in the place of the newest one. */
async function rollBack(): Promise<{ before: TokenClient; lostToken: string }> {
  const before = await gate.join("first");
  await gate.stop();
  const copy = join(gate.directory, "copy.db");
  await copyFile(storePath(), copy);
  await gate.start();
  const { accessToken } = await tokenFor(before);
  await gate.stop();
  await rm(`${storePath()}-wal`, { force: true });
  await copyFile(copy, storePath());
  return { before, lostToken: accessToken };
}

describe("an older copy of the store", () => {
  it("is refused at start, until recover begins a new log in which nothing issued before is worth anything", async () => {
    const { before, lostToken } = await rollBack();
    await expect(gate.start()).rejects.toMatchObject({ code: "state_rolled_back" });
    await recoverInstance(gate.config, quiet);
    await gate.start();
    // The instance has to enrol again, for a lost revocation may have ended it.
    await expect(tokenFor(before)).rejects.toMatchObject({ code: "invalid_client" });
    const after = await gate.join("first");
    await expect(exchange(after, lostToken)).rejects.toMatchObject({ code: "revoked" });
    await expect(tokenFor(after)).resolves.toMatchObject({ scope: "files:read files:write" });
    await expectSoundLog();
  });

  it("gives its registrations to the new log, which states each anew", async () => {
    await rollBack();
    await recoverInstance(gate.config, quiet);
    await gate.start();
    const { registry, store } = gate.instance();
    const entries = [
      ...registry.agents().map(({ entry }) => entry),
      ...registry.servers().map(({ entry }) => entry),
    ];
    expect(entries).toHaveLength(5);
    for (const entry of entries) expect(await store.get("entry-index", entry)).not.toBeNull();
    const { accessToken } = await tokenFor(await gate.join("second"));
    expect(await verdictOf(accessToken)).toEqual({ verdict: "open", failures: [] });
    await expectSoundLog();
  });

  it("is kept beside the new store", async () => {
    await rollBack();
    await recoverInstance(gate.config, quiet);
    await gate.start();
    const kept = (await readdir(dirname(storePath()))).filter((name) => name.includes(".lost-"));
    expect(kept).toHaveLength(1);
  });
});

describe("recover", () => {
  it("is a command, which leaves an instance that starts", async () => {
    await rollBack();
    const command = [process.execPath, NARROWGATE, "recover", "--data", gate.directory, "--yes", "--json"];
    const { code, stdout } = await runChild(command, { env: childEnvironment(gate.directory) });
    expect({ code, stdout: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      stdout: { base_url: gate.issuer },
    });
    await gate.start();
    await expect(tokenFor(await gate.join("first"))).resolves.toBeDefined();
    await expectSoundLog();
  });

  it("refuses a store that matches its anchor, and one that a server runs on", async () => {
    await expect(recoverInstance(gate.config, quiet)).rejects.toMatchObject({ code: "store_locked" });
    await gate.stop();
    await expect(recoverInstance(gate.config, quiet)).rejects.toMatchObject({ code: "conflict" });
    await gate.start();
    await expectSoundLog();
  });

  it("goes on from the anchor alone when the store is gone; operators and registry begin anew", async () => {
    await gate.stop();
    for (const suffix of ["", "-wal", "-shm"]) await rm(storePath() + suffix, { force: true });
    await expect(gate.start()).rejects.toMatchObject({ code: "store_missing" });
    await recoverInstance(gate.config, quiet);
    await gate.start();
    expect(gate.instance().registry.agents()).toEqual([]);
    await gate.apply(chainRegistry(), TOKENS_FOR_ALL);
    const key = await generateAgentKey();
    const { code } = await gate.instance().attestation.issueJoinCode("first", "");
    await enrol({ issuer: gate.issuer, agent: "first", code, key });
    const client = createTokenClient({ issuer: gate.issuer, agent: "first", key });
    await expect(tokenFor(client)).resolves.toMatchObject({ accessToken: expect.any(String) });
    await expectSoundLog();
  });

  it("begins anew where an earlier one was cut short before its first commit", async () => {
    await rollBack();
    await (await createSqliteStore(`${storePath()}.recovered`)).close();
    await recoverInstance(gate.config, quiet);
    await gate.start();
    expect(gate.instance().registry.agents()).toHaveLength(4);
    await expectSoundLog();
  });

  it("goes on where an earlier one was cut short before the stores changed places", async () => {
    await rollBack();
    const aside = join(gate.directory, "rolled-back.db");
    await copyFile(storePath(), aside);
    await recoverInstance(gate.config, quiet);
    // As if it had ended after the new log's first commit: the new store beside, the old one in place.
    await copyFile(storePath(), `${storePath()}.recovered`);
    await copyFile(aside, storePath());
    await recoverInstance(gate.config, quiet);
    await gate.start();
    expect(gate.instance().registry.agents()).toHaveLength(4);
    await expectSoundLog();
  });
});
