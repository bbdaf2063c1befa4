import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { STRANGER } from "../stage/scene.ts";
import { callOf, tokenFor, tookEffect } from "../stage/target.ts";
import type { Agent, ProofTricks } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { makeKey, randomText } from "../wire/key.ts";

const ROUNDS = 12;
const ways = [
  "no proof",
  "stale proof",
  "proof of the future",
  "reused proof",
  "wrong method",
  "wrong address",
  "key of the thief",
  "key of the victim, signed by the thief",
  "proof for another token",
  "proof for another body",
  "sent as bearer",
] as const;

type Way = (typeof ways)[number];

function tricksOf(way: Way, { spent, victim }: Pick<Stolen, "spent" | "victim">): ProofTricks {
  const now = Math.floor(Date.now() / 1000);
  switch (way) {
    case "no proof":
      return { none: true };
    case "stale proof":
      return { iat: now - 900 };
    case "proof of the future":
      return { iat: now + 900 };
    case "reused proof":
      return { whole: spent };
    case "wrong method":
      return { htm: "GET" };
    case "wrong address":
      return { htu: `${victim.issuer}/mcp/drill-store` };
    case "key of the thief":
      return { key: makeKey() };
    case "key of the victim, signed by the thief":
      return { key: { ...victim.key, sign: makeKey().sign } };
    case "proof for another token":
      return { ath: randomText() };
    case "proof for another body":
      return { bodyDigest: "A".repeat(43) };
    case "sent as bearer":
      return { none: true };
  }
}

interface Stolen {
  readonly victim: Agent;
  readonly thief: Agent;
  readonly token: string;
  /** A request of the victim's that went through, with its proof, and the mark in it. */
  readonly asked: Parameters<Agent["send"]>[0];
  readonly mark: string;
  readonly spent: string;
}

/** The victim works, and somebody listens. */
async function overhear(context: Context): Promise<Stolen> {
  const { agent, sandbox, tally, target } = context;
  // A victim of its own each round: the gate keeps so many refusals of one key, and turns away what is more.
  const [victim, thief] = [await sandbox.join(target.agent), await agent(STRANGER)];
  const [token, mark] = [await tokenFor(target, sandbox, victim), `own-${randomText()}`];
  const asked = victim.request(callOf(target, mark, token));
  const spent = victim.proof({
    method: "POST",
    url: asked.url,
    body: asked.body,
    token,
  });
  const whole = { ...asked, tricks: { whole: spent } };
  tally.needs(isDone(await victim.send(whole)), "the victim's own call did not go through");
  return { victim, thief, token, asked: whole, mark, spent };
}

async function use({ upstreams, tally, target }: Context, way: Way, stolen: Stolen): Promise<void> {
  const { victim, thief, token, asked } = stolen;
  const mark = way === "reused proof" ? stolen.mark : `stolen-${randomText()}`;
  const call = callOf(target, mark, token);
  const tricks = tricksOf(way, stolen);
  const scheme = way === "sent as bearer" ? { scheme: "Bearer" } : {};
  const who = way === "key of the thief" ? thief : victim;
  const before = upstreams.effects.length;
  // Only what is replayed needs the bytes that the proof was made for.
  const answer = await (way === "reused proof"
    ? victim.send(asked)
    : who.call({ ...call, tricks, ...scheme }));
  const took = tookEffect(upstreams, target, mark, before).length > 0;
  tally.trial(!isDone(answer) && !took && answer.status === 401, `${way}: ${said(answer)}`);
}

async function steal(context: Context): Promise<void> {
  const rounds = roundsFor(context, ROUNDS, ways.length);
  for (let round = 0; round < rounds && !context.signal.aborted; round++) {
    const stolen = await overhear(context);
    for (const way of ways) await use(context, way, stolen);
  }
}

/** Stolen tokens, replayed from elsewhere. */
export const dr02: Drill = {
  id: "DR-02",
  name: "Stolen-token replay",
  scenario: { v: 1, rounds: ROUNDS, ways: [...ways] },
  expected:
    "each is refused at the gate, the refusal names the proof, and nothing reaches the server behind it",
  aims: true,
  simulated: ["thief and victim are the same program with different keys"],
  run: steal,
};
