import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { LEAD, STRANGER, WORKER } from "../stage/scene.ts";
import { OWN_TARGET, type Target, tokenFor } from "../stage/target.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { type Answer, patiently, said } from "../wire/http.ts";
import { claimsOf, textAt } from "../wire/reading.ts";
import { isNarrower, type Parent, parentOf, waysToWiden } from "./widening.ts";

const TRIALS = 320;
/** So many are asked for under one parent. */
const OF_A_PARENT = 100;

interface Held {
  readonly agent: Agent;
  readonly token: string;
}

/** The pilot narrows a token of its own: whom it hands work to may not be able to do it. */
async function narrowedBy({ sandbox, tally }: Context, target: Target): Promise<Held> {
  const agent = await sandbox.join(target.agent);
  const root = await tokenFor(target, sandbox, agent);
  const narrow = { authorization_details: JSON.stringify([parentOf(target)]) };
  const answer = await agent.exchange(root, {
    resource: `${sandbox.issuer}/mcp/${target.server}`,
    ...narrow,
  });
  tally.needs(
    tokenOf(answer) !== "",
    `it is given no narrower token, so there is nothing to widen (do its policies permit exchange_token?): ${said(answer)}`,
  );
  return { agent, token: tokenOf(answer) };
}

/** The driver's lead hands work on, narrowed, and the worker takes it over. */
async function handedOn({ sandbox, tally, agent }: Context): Promise<Held> {
  const [lead, worker] = [await agent(LEAD), await agent(WORKER)];
  const root = await tokenFor(OWN_TARGET, sandbox, lead);
  const resource = `${sandbox.issuer}/agents/${WORKER}`;
  const narrow = JSON.stringify([{ ...parentOf(OWN_TARGET), depth: 2 }]);
  const handed = tokenOf(await lead.exchange(root, { resource, authorization_details: narrow }));
  const taken = await worker.exchange(handed, { resource: `${sandbox.issuer}/mcp/drill-files` }, true);
  tally.needs(tokenOf(taken) !== "", `the honest exchange did not go through: ${said(taken)}`);
  return { agent: worker, token: tokenOf(taken) };
}

/** What is to be widened; undefined where an honest exchange gave nothing, and no attempt would say anything. */
async function begin(context: Context): Promise<Held | undefined> {
  const { target, sandbox, tally } = context;
  const held = await (target.isPilot ? narrowedBy(context, target) : handedOn(context));
  if (held.token === "") return undefined;
  const honest = await held.agent.exchange(held.token, {
    resource: `${sandbox.issuer}/mcp/${target.server}`,
  });
  tally.needs(
    isNarrower(tokenOf(honest), held.token, parentOf(target)),
    `an honest narrowing is not inside its parent: ${said(honest)}`,
  );
  return held;
}

/** Refused, or given and inside its parent. */
function judge(
  tally: Context["tally"],
  name: string,
  answer: Answer,
  { token, parent }: { readonly token: string; readonly parent: Parent },
): void {
  const got = tokenOf(answer);
  tally.trial(
    got === "" ? answer.status >= 400 : isNarrower(got, token, parent),
    `${name}: ${got === "" ? said(answer) : "given, and inside its parent"}`,
  );
}

/** Asks for more, in each of the ways in turn. */
async function widen(context: Context, first: Held): Promise<Held | undefined> {
  const { sandbox, tally, random, signal, target } = context;
  const parent = parentOf(target);
  const ways = waysToWiden(parent);
  const resource = `${sandbox.issuer}/mcp/${target.server}`;
  const trials = roundsFor(context, TRIALS, 1);
  let held = first;
  for (let i = 0; i < trials && !signal.aborted; i++) {
    const [name = "", ask] = ways[i % ways.length] ?? [];
    if (ask === undefined) return held;
    const next = i % OF_A_PARENT === OF_A_PARENT - 1 ? await begin(context) : held;
    if (next === undefined) return undefined;
    held = next;
    const { agent, token } = held;
    const answer = await patiently(() => agent.exchange(token, { resource, ...ask(sandbox.issuer, random) }));
    judge(tally, name, answer, { token, parent });
  }
  return held;
}

async function afterRevocation(context: Context, { agent, token }: Held): Promise<void> {
  const { sandbox, tally, target } = context;
  const resource = `${sandbox.issuer}/mcp/${target.server}`;
  const other = await (await context.agent(STRANGER)).exchange(token, { resource });
  tally.trial(tokenOf(other) === "", `another agent's parent: ${said(other)}`);
  const jti = textAt(claimsOf(token), "jti");
  await sandbox.admin.send("POST", "/revocations", { kind: "token", id: jti, reason: "a drill" });
  const late = await agent.exchange(token, { resource });
  tally.trial(tokenOf(late) === "", `a revoked parent: ${said(late)}`);
}

/** Requests of many kinds to widen what was handed on. */
export const dr05: Drill = {
  id: "DR-05",
  name: "Scope inflation fuzz",
  scenario: {
    v: 2,
    trials: TRIALS,
    of_a_parent: OF_A_PARENT,
    ways: waysToWiden(parentOf(OWN_TARGET)).map(([name]) => name),
  },
  expected:
    "each attempt is refused, or gives a token inside its parent by this program's own comparison; nothing comes of a revoked parent",
  aims: true,
  async run(context) {
    const first = await begin(context);
    const last = first === undefined ? undefined : await widen(context, first);
    if (last !== undefined) await afterRevocation(context, last);
  },
};
