import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { percentile } from "../run/percentile.ts";
import { callOf, type Target, tokenFor } from "../stage/target.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { type Answer, isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";
import { claimsOf, textAt } from "../wire/reading.ts";

const COPIES = 15;
const EACH = 8;

interface Held {
  readonly agent: Agent;
  readonly token: string;
}

/** A copy of the target with a key of its own, and so many tokens under one mandate. */
async function holder({ sandbox, target }: Context): Promise<readonly Held[]> {
  const agent = await sandbox.join(target.agent);
  const mandate = await target.mandate(sandbox);
  const mint = async (): Promise<Held> => ({
    agent,
    token: tokenOf(await agent.mint(target.server, { mandate })),
  });
  return Promise.all(Array.from({ length: EACH }, mint));
}

const look = (target: Target, { agent, token }: Held): Promise<Answer> =>
  agent.call(callOf(target, `look-${randomText()}`, token));

/** One revocation; how long until it was told, and whether the token is dead at the next request. */
async function revokeOne({ sandbox, tally, target }: Context, held: Held): Promise<number> {
  const began = performance.now();
  const id = textAt(claimsOf(held.token), "jti");
  const revoked = await sandbox.admin.send("POST", "/revocations", { kind: "token", id, reason: "a drill" });
  const took = performance.now() - began;
  const next = await look(target, held);
  tally.trial(
    revoked.status < 300 && !isDone(next) && next.code === "revoked",
    `the next request after it: ${said(next)}`,
  );
  return took;
}

/** Copies of the target work, and all their tokens are revoked. @returns how long each revocation took */
async function storm(context: Context): Promise<readonly number[]> {
  const { sandbox, tally, target } = context;
  const held = (await Promise.all(Array.from({ length: COPIES }, () => holder(context)))).flat();
  const answers = await Promise.all(held.map((one) => look(target, one)));
  tally.needs(
    answers.every(isDone),
    `a token did not work before it was revoked: ${answers.filter((one) => !isDone(one)).map(said)[0] ?? ""}`,
  );
  const bystander = await sandbox.join(target.agent);
  const own = await tokenFor(target, sandbox, bystander);
  const times: number[] = [];
  for (let i = 0; i < held.length; i += COPIES)
    times.push(...(await Promise.all(held.slice(i, i + COPIES).map((one) => revokeOne(context, one)))));
  const still = await look(target, { agent: bystander, token: own });
  tally.trial(isDone(still), `a copy on another key: ${said(still)}`);
  return times;
}

/** Many revocations at once, while others work. */
export const dr26: Drill = {
  id: "DR-26",
  name: "Revocation storm",
  scenario: { v: 2, tokens: COPIES * EACH, at_once: COPIES },
  expected: "each revoked token is dead at the next request; copies on other keys go on",
  aims: true,
  async run(context) {
    const { tally, signal } = context;
    const times: number[] = [];
    const rounds = roundsFor(context, 1, COPIES * EACH + 1);
    for (let round = 0; round < rounds && !signal.aborted; round++) times.push(...(await storm(context)));
    for (const [name, share] of [
      ["revoke_p50_ms", 0.5],
      ["revoke_p99_ms", 0.99],
      ["revoke_max_ms", 1],
    ] as const)
      tally.figures[name] = percentile(times, share);
    tally.note("not tried: a gate that is cut off from news; there is one process on one store");
  },
};
