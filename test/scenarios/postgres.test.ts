import { acceptHandOff, type TokenClient } from "@narrowgate/agent";
import { type PostgresServer, startPostgres } from "@narrowgate/testkit";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openInstance } from "../../packages/server/src/compose/open-instance.ts";
import { recoverInstance } from "../../packages/server/src/compose/recover-instance.ts";
import { parseConfig } from "../../packages/server/src/config/config.ts";
import { auditLog } from "../../packages/server/src/evidence/audit/audit-log.ts";
import { OpeningReader } from "../../packages/server/src/evidence/openings.ts";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const VARIABLE = "NARROWGATE_TEST_STORE";
const LOST = "NARROWGATE_TEST_LOST_STORE";

let postgres: PostgresServer | undefined;
let gate: TestInstance;
let databases = 0;
beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);
afterAll(() => postgres?.stop());

async function newDatabase(template?: string): Promise<string> {
  if (postgres === undefined) throw new Error("there is no PostgreSQL on this machine");
  databases += 1;
  const name = `scenario_${databases}`;
  const client = new Client({ connectionString: postgres.url("postgres") });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}${template === undefined ? "" : ` TEMPLATE ${template}`}`);
  await client.end();
  return name;
}

const urlOf = (name: string): string => postgres?.url(name) ?? "";

let database: string;
beforeEach(async () => {
  database = await newDatabase();
  vi.stubEnv(VARIABLE, urlOf(database));
  gate = await startInstance({ config: { store: { kind: "postgres", url_variable: VARIABLE } } });
  await gate.apply(chainRegistry(), TOKENS_FOR_ALL);
}, 60_000);
afterEach(() => gate.close());

const files = (): string => `${gate.issuer}/mcp/files`;
const root = (client: TokenClient, resource = files()) =>
  client.request({ grant_type: "client_credentials", resource });
const exchange = (client: TokenClient, token: string) =>
  client.request({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: token,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    resource: files(),
  });
const handOff = async (from: TokenClient, to: string): Promise<string> =>
  (await root(from, `${gate.issuer}/agents/${to}`)).accessToken;

async function expectSoundLog(): Promise<void> {
  const { store, custody, evidence } = gate.instance();
  await evidence.flush();
  const report = await auditLog(store, new OpeningReader(store, custody.keyEncryption));
  expect(report.findings).toEqual([]);
}

describe("an instance on PostgreSQL", () => {
  it("gives, hands off, narrows and revokes as on the embedded store, over a restart too", async () => {
    const [first, second] = [await gate.join("first"), await gate.join("second")];
    const own = (await root(first)).accessToken;
    await expect(exchange(first, own)).resolves.toBeDefined();
    const handed = await handOff(first, "second");
    await expect(acceptHandOff(second, handed).token(files())).resolves.toBeTypeOf("string");
    await gate.restart();
    // Used before the restart, and still used after it.
    await expect(acceptHandOff(second, handed).token(files())).rejects.toMatchObject({ code: "replayed" });
    const { containment, registry } = gate.instance();
    const ref = registry.agent("first")?.ref ?? "";
    await containment.revoke({ kind: "agent", id: ref, by: "system", reason: "test" });
    await expect(exchange(first, own)).rejects.toMatchObject({ code: "revoked" });
    await gate.restart();
    await expect(exchange(first, own)).rejects.toMatchObject({ code: "revoked" });
    await expect(root(first)).resolves.toBeDefined();
    await expectSoundLog();
  });

  it("is held by one server", async () => {
    await expect(openInstance(gate.config, () => undefined)).rejects.toMatchObject({ code: "store_locked" });
    await expect(root(await gate.join("first"))).resolves.toBeDefined();
  });

  it("refuses everything when the database goes, and goes on from what is there when it is back", async () => {
    const agent = await gate.join("first");
    await root(agent);
    await postgres?.crash();
    await expect(root(agent)).rejects.toMatchObject({ code: "evidence_unavailable" });
    await expect(root(agent)).rejects.toMatchObject({ code: "evidence_unavailable" });
    await gate.restart();
    await expect(root(agent)).resolves.toBeDefined();
    await expectSoundLog();
  });

  it("is recovered from an older copy into a new database", async () => {
    const before = await gate.join("first");
    await gate.stop();
    const copy = await newDatabase(database);
    await gate.start();
    const { accessToken } = await root(before);
    await gate.stop();
    vi.stubEnv(VARIABLE, urlOf(copy));
    await expect(gate.start()).rejects.toMatchObject({ code: "state_rolled_back" });
    vi.stubEnv(VARIABLE, urlOf(await newDatabase()));
    vi.stubEnv(LOST, urlOf(copy));
    const store = { kind: "postgres", url_variable: VARIABLE, lost_url_variable: LOST };
    const members = {
      environment: "dev",
      base_url: gate.issuer,
      listen: gate.config.listen,
      data_directory: gate.config.dataDirectory,
      anchor_file: gate.config.anchorFile,
      store,
    };
    await recoverInstance(parseConfig(members, gate.directory), () => undefined);
    await gate.start();
    const after = await gate.join("first");
    await expect(exchange(after, accessToken)).rejects.toMatchObject({ code: "revoked" });
    await expect(root(after)).resolves.toBeDefined();
    await expectSoundLog();
  });
});
