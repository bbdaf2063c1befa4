import { join } from "node:path";
import { callTool } from "@narrowgate/agent";
import type { JsonObject } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asObject, objectsAt, textAt } from "../../packages/cli/src/admin/read-answer.ts";
import { type HttpServer, startModernServer } from "../../packages/server/test/gateway/http-servers.ts";
import {
  openTask,
  PROFILE,
  type ReleaseInstance,
  startReleaseInstance,
} from "./harness/release-instances.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import { signInSoftware } from "./harness/software-signers.ts";

let upstream: HttpServer;
let prod: ReleaseInstance;
let id: string;

/** A profile that says nothing: what is asked of a release is tested elsewhere. */
const nothingAsked = { ...PROFILE, name: "nothing", controls: ["REL-06"], drills: [] };

beforeAll(async () => {
  upstream = await startModernServer();
  prod = await startReleaseInstance("prod", upstream.url, { gate_profile: nothingAsked });
  await prod.register({ tier: "T2", effect: "irreversible" });
  const { first } = prod.operators;
  const proposed = await first.send("POST", "/releases", { agent: "reader", declared: { model: "none" } });
  id = textAt(proposed, "id");
  await signInSoftware(prod, textAt(proposed, "url"));
  await first.send("POST", `/releases/${id}/promote`);
}, 120_000);

afterAll(async () => {
  await prod.gate.close();
  await upstream.close();
});

async function cli(...words: readonly string[]): Promise<string> {
  const { gate } = prod;
  const place = ["--data", gate.directory, "--operator-key", join(gate.directory, "ada.json")];
  const command = [process.execPath, NARROWGATE, "release", ...words, ...place];
  const { code, stdout, stderr } = await runChild(command, { env: childEnvironment(gate.directory) });
  if (code !== 0) throw new RangeError(stderr + stdout);
  return stdout;
}

const told = ({ txn, operation, effect, outcome, agent, purpose }: JsonObject) => ({
  txn,
  operation,
  effect,
  outcome,
  agent,
  purpose,
});

describe("a release that is rolled back", () => {
  it("leaves a list of what it changed, out of the log, in the answer and afterwards", async () => {
    const { session, txn } = await openTask(prod);
    await callTool(session, prod.resource, "query", {});
    await callTool(session, prod.resource, "steps", {});
    await callTool(session, prod.resource, "query", {});
    const answer = asObject(
      JSON.parse(await cli("rollback", "reader", "--reason", "it deletes too much", "--json")),
    );
    const effects = asObject(answer.effects);
    const one = { txn, operation: "tool query", effect: "irreversible", outcome: "ok", agent: "reader" };
    const call = { ...one, purpose: "reads what it was asked for" };
    expect(effects).toMatchObject({ agent: "reader", total: 2, is_more: false });
    expect(objectsAt(effects, "calls").map(told)).toEqual([call, call]);
    const deployment = textAt(asObject(answer.ended), "deployment");
    for (const name of [id.slice(0, 6), deployment]) {
      const shown = await cli("effects", name);
      expect(shown).toContain("2 calls under it changed something, and nothing here undoes them:");
      expect(shown).toContain("data tool query");
    }
    const reads = asObject(JSON.parse(await cli("effects", id, "--json")));
    expect(reads).toEqual(effects);
  });
});
