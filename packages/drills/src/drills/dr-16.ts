import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { pay, waitingOf } from "../stage/approvals.ts";
import { LEAD } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";
import { type Approver, shownRequest, signRequest } from "../wire/passkey.ts";
import { listAt, textAt } from "../wire/reading.ts";

const ROUNDS = 6;

interface Approved {
  readonly lead: Agent;
  readonly token: string;
  readonly handle: string;
  readonly payment: Readonly<Record<string, unknown>> & { readonly mark: string };
}

async function approved({ sandbox, tally }: Context, by: Approver): Promise<Approved> {
  const lead = await sandbox.join(LEAD);
  const mandate = await sandbox.openMandate(LEAD);
  const token = tokenOf(await lead.mint("drill-pay", { mandate: mandate.id }));
  const payment = { amount_minor: 100, currency: "EUR", to: "shop", mark: randomText() };
  await pay(lead, token, payment);
  const [handle = ""] = await waitingOf(sandbox.admin, mandate.txn);
  const signed = await signRequest(sandbox.approvals, { handle, by: by.passkey });
  tally.needs(signed.status < 300, `the approval was not taken: ${said(signed)}`);
  return { lead, token, handle, payment };
}

const CHANGES: readonly (readonly [string, object])[] = [
  ["one cent more", { amount_minor: 101 }],
  ["another recipient", { to: "mallory" }],
  ["a recipient that looks alike", { to: "sh\u043ep" }],
  ["an invisible character", { to: "shop\u200b" }],
  ["one more member", { note: "and more" }],
  ["another number form", { amount_minor: "100" }],
];

async function tamper(context: Context, by: Approver): Promise<void> {
  const { sandbox, tally, upstreams } = context;
  const { lead, token, handle, payment } = await approved(context, by);
  for (const [says, change] of CHANGES) {
    const before = upstreams.effects.length;
    const tried = await pay(lead, token, { ...payment, ...change });
    const took = upstreams.effects.slice(before).some(({ args }) => args["mark"] === payment.mark);
    tally.trial(!isDone(tried) && !took, `${says}: ${said(tried)}`);
  }
  const racing = await Promise.all(Array.from({ length: 5 }, () => pay(lead, token, payment)));
  const took = upstreams.effects.filter(({ args }) => args["mark"] === payment.mark).length;
  tally.needs(took > 0, `what was approved did not go through: ${racing.map(said)[0] ?? ""}`);
  tally.trial(took === 1, `approved once, asked for five times at once: ${took} took effect`);
  const again = await pay(lead, token, payment);
  tally.trial(!isDone(again), `and once more later: ${said(again)}`);
  const twice = await signRequest(sandbox.approvals, { handle, by: by.passkey });
  tally.trial(twice.status >= 400, `the used request is signed again: ${said(twice)}`);
}

/** One signature for another request. */
async function swap(context: Context, by: Approver): Promise<void> {
  const { sandbox, tally } = context;
  const lead = await sandbox.join(LEAD);
  const mandate = await sandbox.openMandate(LEAD);
  const token = tokenOf(await lead.mint("drill-pay", { mandate: mandate.id }));
  for (const amount_minor of [1, 9999])
    await pay(lead, token, { amount_minor, currency: "EUR", to: "shop", mark: randomText() });
  const [one = "", other = ""] = await waitingOf(sandbox.admin, mandate.txn);
  const shown = await shownRequest(sandbox.approvals, one);
  const statement = textAt(listAt(shown.body, "choices")[0], "approve");
  const signed = await signRequest(sandbox.approvals, { handle: other, by: by.passkey, statement });
  tally.trial(
    other !== "" && statement !== "" && signed.status >= 400,
    `one request's statement signed for another: ${said(signed)}`,
  );
}

/** What was approved is changed, used again, or swapped. */
export const dr16: Drill = {
  id: "DR-16",
  name: "Approve one thing, do another",
  apart: true,
  scenario: { v: 1, rounds: ROUNDS, changes: CHANGES.map(([says]) => says), reuse: 5, swap: true },
  expected: "only the approved bytes go through, and once; every other call waits for a person of its own",
  simulated: ["passkeys are in software and nobody is asked"],
  async run(context) {
    const by = await context.sandbox.approver(`Bea ${randomText(4)}`);
    const rounds = roundsFor(context, ROUNDS, 10);
    for (let round = 0; round < rounds && !context.signal.aborted; round++) {
      await tamper(context, by);
      await swap(context, by);
    }
  },
};
