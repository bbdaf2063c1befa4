import type { Context, Drill } from "../run/drill.ts";
import { CROWD, LEAD } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { claimsOf, textAt } from "../wire/reading.ts";

const COPIES = 15;
const EACH = 8;

interface Held {
  readonly agent: Agent;
  readonly token: string;
}

async function holders({ sandbox, signal }: Context): Promise<readonly Held[]> {
  const held: Held[] = [];
  for (let i = 0; i < COPIES && !signal.aborted; i++) {
    const agent = await sandbox.join(LEAD);
    for (let j = 0; j < EACH; j++) held.push({ agent, token: tokenOf(await agent.mint("drill-files")) });
  }
  return held;
}

const look = ({ agent, token }: Held) =>
  agent.call({ server: "drill-files", tool: "read_public", args: { path: "notes/x" }, token });

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
}

/** One revocation; how long until it was told, and whether the token is dead at the next request. */
async function revokeOne({ sandbox, tally }: Context, held: Held): Promise<number> {
  const began = performance.now();
  const id = textAt(claimsOf(held.token), "jti");
  const revoked = await sandbox.admin.send("POST", "/revocations", { kind: "token", id, reason: "a drill" });
  const took = performance.now() - began;
  const next = await look(held);
  tally.trial(
    revoked.status < 300 && !isDone(next) && next.code === "revoked",
    `the next request after it: ${said(next)}`,
  );
  return took;
}

/** Many revocations at once, while others work. */
export const dr26: Drill = {
  id: "DR-26",
  name: "Revocation storm",
  scenario: { v: 1, tokens: COPIES * EACH, at_once: COPIES },
  expected: "each revoked token is dead at the next request; agents on other keys go on",
  alone: true,
  async run(context) {
    const { sandbox, tally } = context;
    const held = await holders(context);
    const answers = await Promise.all(held.map(look));
    tally.needs(
      answers.every(isDone),
      `a token did not work before it was revoked: ${answers.filter((one) => !isDone(one)).map(said)[0] ?? ""}`,
    );
    const bystander = await sandbox.join(CROWD);
    const own = tokenOf(await bystander.mint("drill-files"));
    const times: number[] = [];
    for (let i = 0; i < held.length; i += COPIES)
      times.push(...(await Promise.all(held.slice(i, i + COPIES).map((one) => revokeOne(context, one)))));
    const still = await look({ agent: bystander, token: own });
    tally.trial(isDone(still), `an agent on another key: ${said(still)}`);
    for (const [name, share] of [
      ["revoke_p50_ms", 0.5],
      ["revoke_p99_ms", 0.99],
      ["revoke_max_ms", 1],
    ] as const)
      tally.figures[name] = percentile(times, share);
    tally.note("not tried: a gate that is cut off from news; there is one process on one store");
  },
};
