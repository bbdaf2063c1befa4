import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomId } from "@narrowgate/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recoverInstance } from "../../packages/server/src/compose/recover-instance.ts";
import { auditLog } from "../../packages/server/src/evidence/audit/audit-log.ts";
import { OpeningReader } from "../../packages/server/src/evidence/openings.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const by = { operator: randomId(), jws: "signed.by.test" };
let gate: TestInstance;

beforeEach(async () => {
  gate = await startInstance();
});
afterEach(() => gate.close());

test("people go over to a recovered log with roles and accounts; a passkey, which may have ended since, does not", async () => {
  const { people } = gate.instance();
  const asked = { name: "Grace", roles: ["approver"], identities: ["https://idp.example#grace"] } as const;
  const { person } = await people.invite(asked, by);
  await people.change(person.ref, { roles: ["owner"] }, by);
  const jwk = { kty: "OKP", crv: "Ed25519", x: "A".repeat(43) } as const;
  const made = { id: randomId(), jwk, signCount: 0, authenticator: "unknown" };
  await people.addPasskey(person.ref, made, "localhost");
  await gate.stop();
  const { store } = gate.config;
  const path = store.kind === "sqlite" ? store.path : "";
  const copy = join(gate.directory, "copy.db");
  await copyFile(path, copy);
  await gate.start();
  await gate.instance().people.removePasskey(person.ref, made.id, by);
  await gate.stop();
  await rm(`${path}-wal`, { force: true });
  await copyFile(copy, path);
  await expect(gate.start()).rejects.toMatchObject({ code: "state_rolled_back" });
  await recoverInstance(gate.config, () => undefined);
  await gate.start();
  const { people: after, store: fresh, custody, evidence } = gate.instance();
  const { entry: _, ...expected } = { ...person, roles: ["owner"], given: ["owner"] };
  expect(after.byIdentity("https://idp.example#grace")).toMatchObject(expected);
  expect(after.credential(made.id)).toBeUndefined();
  await evidence.flush();
  const report = await auditLog(fresh, new OpeningReader(fresh, custody.keyEncryption));
  expect(report.findings).toEqual([]);
});
