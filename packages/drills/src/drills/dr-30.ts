import type { Context, Drill } from "../run/drill.ts";
import {
  fourSigners,
  NOTHING_DEMANDED,
  secondOperator,
  signRelease,
  statementsOf,
} from "../stage/release-signers.ts";
import type { Sandbox } from "../stage/sandbox.ts";
import { LEAD, POLICIES, registryOf, STRANGER } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { type Answer, isDone, said } from "../wire/http.ts";
import { makeKey, randomText } from "../wire/key.ts";
import type { Approver } from "../wire/passkey.ts";
import { at, claimsOf, textAt } from "../wire/reading.ts";

function refused({ tally }: Context, says: string, answer: Answer, codes: readonly string[] = []): void {
  const isNamed = codes.length === 0 || codes.includes(answer.code);
  tally.trial(answer.status >= 400 && isNamed, `${says}: ${said(answer)}`);
}

async function abuse(context: Context): Promise<void> {
  const { sandbox, tally } = context;
  const { admin } = sandbox;
  const proposed = await admin.send("POST", "/releases", {
    agent: LEAD,
    attested: [],
    declared: { model: "none" },
  });
  const id = textAt(proposed.body, "id");
  if (!tally.needs(id !== "", `a release could not be proposed: ${said(proposed)}`)) return;
  const promote = (which = id) => admin.send("POST", `/releases/${which}/promote`);
  refused(context, "promoted without a signature", await promote(), [
    "release_not_signed",
    "release_not_ready",
  ]);
  refused(context, "promoted under a name that nobody proposed", await promote(randomText()), ["not_found"]);
  const forged = { method: "POST", path: `/releases/${id}/promote`, body: {}, key: makeKey() };
  refused(context, "promoted by nobody's key", await admin.forge(forged));
  refused(
    context,
    "went back where nothing was in force",
    await admin.send("POST", `/agents/${LEAD}/rollback`, { reason: "a drill" }),
  );
  const waived = { format: "narrowgate-waiver/1", control: "DEL-01", owner: "me" };
  refused(
    context,
    "a drill's result that was made up",
    await admin.send("POST", "/drills", { format: "narrowgate-drill/1", drill: "DR-02", verdict: "pass" }),
  );
  refused(context, "a waiver for oneself", await admin.send("POST", "/waivers", waived));
}

/** What was proposed is changed before it is promoted; a newer proposal ends the older. */
async function swap(context: Context): Promise<void> {
  const { sandbox, tally } = context;
  const { admin } = sandbox;
  const propose = () => admin.send("POST", "/releases", { agent: STRANGER, attested: [], declared: {} });
  const older = textAt((await propose()).body, "id");
  const newer = textAt((await propose()).body, "id");
  tally.needs(older !== "" && newer !== "", "a release could not be proposed twice");
  refused(
    context,
    "the older of two proposals is promoted",
    await admin.send("POST", `/releases/${older}/promote`),
  );
  const state = textAt((await admin.read(`/releases/${older}`)).body, "state");
  tally.trial(state !== "open" && state !== "active", `the older of two proposals is ${state}`);
  const shown = await admin.read(`/releases/${newer}`);
  tally.trial(at(shown.body, "deployment") !== undefined, "what would be promoted is named by a digest");
}

interface Production {
  readonly prod: Sandbox;
  readonly signers: ReadonlyMap<string, Approver>;
  readonly lead: Agent;
}

async function openProduction(context: Context): Promise<Production | undefined> {
  const { tally, upstreams } = context;
  const prod = await context.another({ environment: "prod", bare: true, gateProfile: NOTHING_DEMANDED });
  const files = [{ name: "drills.cedar", text: POLICIES }];
  const wanted = { document: registryOf(upstreams), files, pins: "learn" };
  await prod.admin.send("POST", "/registry/apply", wanted);
  const applied = await (await secondOperator(prod)).send("POST", "/registry/apply", wanted);
  if (!tally.needs(applied.status < 300, `the registry of production: ${applied.text.slice(0, 300)}`))
    return undefined;
  const lead = await prod.join(LEAD);
  refused(context, "in production, a token for an agent that nobody signed", await mint(lead), [
    "release_required",
  ]);
  return { prod, signers: await fourSigners(prod), lead };
}

const mint = (lead: Agent): Promise<Answer> => lead.mint("drill-files");

const look = (lead: Agent, token: string): Promise<Answer> =>
  lead.call({ server: "drill-files", tool: "read_public", args: { path: "notes/x" }, token });

/** Proposes, has it signed by all but one, tries, has it signed by the last, and brings it into force. */
async function release(
  context: Context,
  { prod, signers }: Production,
  model: string,
  reused?: unknown,
): Promise<unknown> {
  const { tally } = context;
  const { admin } = prod;
  const { body } = await admin.send("POST", "/releases", { agent: LEAD, attested: [], declared: { model } });
  const promote = () => admin.send("POST", `/releases/${textAt(body, "id")}/promote`);
  const statements = await statementsOf(prod, body);
  for (const [role, by] of signers) {
    refused(context, `promoted before ${role} signed`, await promote(), ["release_not_signed"]);
    const former = textAt(reused, role);
    if (former !== "")
      refused(
        context,
        "a signature of an earlier release",
        await signRelease(prod, body, { statement: former, by }),
      );
    const signed = await signRelease(prod, body, { statement: statements.get(role) ?? "", by });
    tally.needs(signed.status < 300, `${role} could not sign: ${said(signed)}`);
    const other = [...statements].find(([name]) => name !== role);
    if (former === "" && other !== undefined)
      refused(
        context,
        "one person signs for another role",
        await signRelease(prod, body, { statement: other[1], by }),
      );
  }
  const promoted = await promote();
  tally.needs(
    promoted.status < 300,
    `a release that four signed was not promoted: ${promoted.text.slice(0, 300)}`,
  );
  return Object.fromEntries(statements);
}

/** Goes back while calls run, and holds what comes of it. */
async function goBack({ tally }: Context, { prod, lead }: Production, good: unknown): Promise<void> {
  const token = tokenOf(await mint(lead));
  tally.needs(isDone(await look(lead, token)), "the newer release does not work");
  let isOn = true;
  const busy = (async () => {
    while (isOn) await look(lead, token);
  })();
  const began = performance.now();
  const gone = await prod.admin.send("POST", `/agents/${LEAD}/rollback`, { reason: "a drill" });
  tally.figures["rollback_ms"] = Math.round(performance.now() - began);
  const late = await look(lead, token);
  isOn = false;
  await busy;
  tally.needs(gone.status < 300, `it could not go back: ${said(gone)}`);
  tally.trial(!isDone(late), `a token of the release that was left: ${said(late)}`);
  const next = tokenOf(await mint(lead));
  const isGood = at(claimsOf(next), "ng", "release") === good;
  tally.trial(isGood && isDone(await look(lead, next)), "tokens are of the release before, and work");
}

/** What runs is no longer what was signed. */
async function drift(context: Context, { prod, lead }: Production): Promise<void> {
  const { upstreams } = context;
  const text = JSON.stringify(registryOf(upstreams)).replace(
    `attacks this sandbox as ${LEAD}`,
    "does something else",
  );
  const { policies: _, ...document } = Object(JSON.parse(text));
  const changed = await prod.admin.send("POST", "/registry/apply", { document });
  context.tally.needs(changed.status < 300, `the agent could not be changed: ${changed.text.slice(0, 300)}`);
  refused(context, "changed after it was signed", await mint(lead), ["release_drifted"]);
}

async function production(context: Context): Promise<void> {
  const opened = await openProduction(context);
  if (opened === undefined) return;
  const unknown = await opened.prod.admin.send("POST", `/releases/${randomText()}/promote`);
  refused(context, "in production, a release that was never proposed", unknown, ["not_found"]);
  const first = await release(context, opened, "one");
  const good = at(claimsOf(tokenOf(await mint(opened.lead))), "ng", "release");
  context.tally.needs(typeof good === "string", "a signed release gives no token");
  await release(context, opened, "two", first);
  await goBack(context, opened, good);
  await drift(context, opened);
}

/** The gate before production, abused. */
export const dr30: Drill = {
  id: "DR-30",
  name: "Gate abuse and build swap",
  scenario: {
    v: 1,
    ways: [
      "unsigned",
      "unknown",
      "forged",
      "back to nothing",
      "made-up result",
      "older proposal",
      "three signatures",
      "another role",
      "signature of an earlier release",
      "going back",
      "drift",
    ],
  },
  expected:
    "nothing is promoted without four signatures for exactly that release; going back is one step and ends its tokens; what differs from what was signed gives no token",
  simulated: ["passkeys are in software and nobody is asked"],
  async run(context) {
    await abuse(context);
    await swap(context);
    await production(context);
    context.tally.note(
      "the profile of that production instance demands no control: a sandbox has no results of its own",
    );
  },
};
