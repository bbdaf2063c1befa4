import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditLog } from "../../packages/server/src/evidence/audit/audit-log.ts";
import { OpeningReader } from "../../packages/server/src/evidence/openings.ts";
import { type ChildEnd, childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

let gate: TestInstance;

function narrowgate(words: readonly string[], input?: string): Promise<ChildEnd> {
  const command = [process.execPath, NARROWGATE, ...words, "--data", gate.directory];
  const env = childEnvironment(join(gate.directory, "home"));
  return runChild(command, { env, ...(input === undefined ? {} : { input }) });
}

async function said(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await narrowgate(words);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

beforeAll(async () => {
  gate = await startInstance();
  await mkdir(join(gate.directory, "home"));
  const code = gate.instance().operators.offerFirst()?.shown ?? "";
  const enrolled = await narrowgate(["operator", "enrol", "--name", "Ada", "--code-file", "-"], code);
  expect([enrolled.code, enrolled.stderr]).toEqual([0, ""]);
});

afterAll(() => gate?.close());

test("an operator invites, changes and removes a person, each signed and on record", async () => {
  const identity = "https://idp.example#grace";
  const words = ["people", "invite", "Grace Hopper", "--role", "approver,security", "--identity", identity];
  const invited = await said(...words);
  const { people, operators } = gate.instance();
  const ref = people.byIdentity(identity)?.ref ?? "";
  expect(invited).toContain(`Grace Hopper is ${ref}`);
  expect(invited).toMatch(/http:\/\/localhost:\d+\/people\/enrol#[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}/);
  expect(await said("people", "list")).toMatch(new RegExp(`Grace Hopper +${ref} +approver,security +0`));
  expect(await said("people", "code", ref)).toMatch(/code: (?:[A-Z2-9]{4}-){2}[A-Z2-9]{4}, good once/);
  expect(await said("people", "roles", ref, "--role", "owner")).toBe("roles: owner\n");
  expect(await said("people", "link", ref)).toBe("no accounts\n");
  expect(await said("people", "show", ref)).toBe(`Grace Hopper (${ref})\nroles: owner\nno passkey yet\n`);
  expect(await said("people", "remove", ref)).toBe(`${ref} is removed\n`);
  expect(people.list()).toEqual([]);
  expect(operators.list()).toHaveLength(1);
  const { store, custody, evidence } = gate.instance();
  await evidence.flush();
  const report = await auditLog(store, new OpeningReader(store, custody.keyEncryption));
  expect(report.findings).toEqual([]);
});

test("what cannot be is refused with its code", async () => {
  const refused = async (...words: readonly string[]) => {
    const { code, stderr } = await narrowgate(words);
    expect(code).not.toBe(0);
    return stderr;
  };
  expect(await refused("people", "invite", "Lee", "--role", "root")).toContain("malformed_input");
  expect(await refused("people", "invite", "Lee", "--role", "iam", "--identity", "lee")).toContain(
    "malformed_input",
  );
  expect(await refused("people", "show", "nobody")).toContain("not_found");
  expect(await refused("people", "remove", "nobody")).toContain("not_found");
  expect(await refused("people", "remove-passkey", "nobody", "none")).toContain("not_found");
});
