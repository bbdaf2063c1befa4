import type { Context } from "../../packages/drills/src/run/drill.ts";
import {
  fourSigners,
  NOTHING_DEMANDED,
  secondOperator,
  signRelease,
  statementsOf,
} from "../../packages/drills/src/stage/release-signers.ts";
import type { Sandbox } from "../../packages/drills/src/stage/sandbox.ts";
import { LEAD, POLICIES, registryOf, TOKENS_ALONE } from "../../packages/drills/src/stage/scene.ts";
import { tokenOf } from "../../packages/drills/src/wire/agent.ts";
import { type Answer, isDone, said, send } from "../../packages/drills/src/wire/http.ts";
import { digestOf } from "../../packages/drills/src/wire/key.ts";
import type { Approver } from "../../packages/drills/src/wire/passkey.ts";
import { listAt, textAt } from "../../packages/drills/src/wire/reading.ts";

/** An instance of production with the agents of the drills, and whoever publishes policies there. */
async function openProduction({ another, tally, upstreams }: Context, policies: string, more: object = {}) {
  const sandbox = await another({ environment: "prod", bare: true, ...more });
  const second = await secondOperator(sandbox);
  const publish = async (text: string): Promise<void> => {
    const files = [{ name: "drills.cedar", text }];
    const wanted = { document: registryOf(upstreams), files, pins: "learn" };
    await sandbox.admin.send("POST", "/registry/apply", wanted);
    const applied = await second.send("POST", "/registry/apply", wanted);
    tally.needs(applied.status < 300, `the registry of production: ${applied.text.slice(0, 200)}`);
  };
  await publish(policies);
  return { sandbox, publish };
}

/** An agent that nobody signed asks an instance of production for a token. */
export async function unsignedMint(context: Context): Promise<void> {
  const { tally } = context;
  const { sandbox } = await openProduction(context, POLICIES);
  const lead = await sandbox.join(LEAD);
  const minted = await lead.mint("drill-files", { mandate: await sandbox.mandate(LEAD) });
  const token = tokenOf(minted);
  tally.trial(token === "", `a token of production for an agent that nobody signed: ${said(minted)}`);
  const read = { server: "drill-files", tool: "read_public", args: { path: "notes/x" }, token };
  const called = await lead.call(read);
  tally.trial(!isDone(called), `and called with it: ${said(called)}`);
}

/** Proposes a release of the agent, has all four sign it, and brings it into force. */
async function release(sandbox: Sandbox): Promise<Answer> {
  const { admin } = sandbox;
  const signers = await fourSigners(sandbox);
  const asked = { agent: LEAD, attested: [], declared: { model: "one" } };
  const { body } = await admin.send("POST", "/releases", asked);
  for (const [role, statement] of await statementsOf(sandbox, body)) {
    const by = signers.get(role);
    if (by !== undefined) await signRelease(sandbox, body, { statement, by });
  }
  return admin.send("POST", `/releases/${textAt(body, "id")}/promote`);
}

/** The release was signed under policies that allow no call; later ones allow it, and nobody signed those. */
export async function laterPolicies(context: Context): Promise<void> {
  const { tally } = context;
  const opened = await openProduction(context, TOKENS_ALONE, { gateProfile: NOTHING_DEMANDED });
  const { sandbox, publish } = opened;
  const promoted = await release(sandbox);
  tally.needs(promoted.status < 300, `the release: ${promoted.text.slice(0, 200)}`);
  await publish(POLICIES);
  const lead = await sandbox.join(LEAD);
  const token = tokenOf(await lead.mint("drill-files", { mandate: await sandbox.mandate(LEAD) }));
  tally.needs(token !== "", "a signed release gives no token");
  const called = await lead.call({
    server: "drill-files",
    tool: "read_public",
    args: { path: "notes/x" },
    token,
  });
  tally.trial(!isDone(called), `called what its release does not allow: ${said(called)}`);
}

/** One person signs a break-glass in one role. */
async function signGlass({ approvals }: Sandbox, url: string, role: string, by: Approver): Promise<Answer> {
  const post = (path: string, body: object): Promise<Answer> => {
    const headers = { "content-type": "application/json", origin: approvals };
    return send({ method: "POST", url: `${approvals}${path}`, headers, body: JSON.stringify(body) });
  };
  const handle = url.split("#")[1] ?? "";
  const shown = await post("/glass/request", { handle });
  const choice = listAt(shown.body, "choices").find((one) => textAt(one, "role") === role);
  const statement = textAt(choice, "sign");
  const made = by.passkey.get(digestOf(`narrowgate/glass-statement/v1\n${statement}`));
  return post("/glass/sign", { handle, credential: by.passkey.id, signed: { statement, ...made } });
}

/** Of the two who have to sign before an agent without a release is let through, one does. */
export async function oneOfTwo(context: Context): Promise<void> {
  const { tally } = context;
  const { sandbox } = await openProduction(context, POLICIES);
  const signer = (await fourSigners(sandbox)).get("security");
  const wanted = { reason: "sabotage", seconds: 600 };
  const { body } = await sandbox.admin.send("POST", `/agents/${LEAD}/break-glass`, wanted);
  tally.needs(signer !== undefined, "nobody signs for security");
  if (signer === undefined) return;
  const signed = await signGlass(sandbox, textAt(body, "url"), "security", signer);
  tally.needs(signed.status < 300, `signing: ${signed.text.slice(0, 200)}`);
  const lead = await sandbox.join(LEAD);
  const minted = await lead.mint("drill-files", { mandate: await sandbox.mandate(LEAD) });
  const token = tokenOf(minted);
  tally.trial(token === "", `a token on the word of one: ${said(minted)}`);
  const read = { server: "drill-files", tool: "read_public", args: { path: "notes/x" }, token };
  const called = await lead.call(read);
  tally.trial(!isDone(called), `and called with it: ${said(called)}`);
}
