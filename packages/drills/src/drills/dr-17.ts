import type { Context, Drill } from "../run/drill.ts";
import { pay, waitingInAll, waitingOf } from "../stage/approvals.ts";
import { LEAD } from "../stage/scene.ts";
import { tokenOf } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";
import { signRequest } from "../wire/passkey.ts";

const FLOOD = 120;
const ANSWERED = 6;

async function flood(context: Context): Promise<void> {
  const { sandbox, tally, upstreams, signal } = context;
  const mark = `flood-${randomText()}`;
  const before = await waitingInAll(sandbox.admin);
  let [lead, token, first] = [await sandbox.join(LEAD), "", ""];
  for (let i = 0; i < FLOOD && !signal.aborted; i++) {
    // So many refusals of one key are kept; a flood comes from many.
    if (i % 20 === 0) {
      lead = await sandbox.join(LEAD);
      const mandate = await sandbox.openMandate(LEAD);
      // So many of one agent are put before people; the first ones are.
      first ||= mandate.txn;
      token = tokenOf(await lead.mint("drill-pay", { mandate: mandate.id }));
    }
    const answer = await pay(lead, token, { amount_minor: 1 + i, currency: "EUR", to: "shop", mark });
    tally.trial(!isDone(answer), `one of ${FLOOD} payments: ${said(answer)}`);
  }
  const took = upstreams.effects.filter(({ args }) => args["mark"] === mark).length;
  tally.trial(took === 0, `${took} took effect while nobody answered`);
  tally.figures["waiting"] = (await waitingInAll(sandbox.admin)) - before;
  await answerSome(context, first, mark);
}

/** Some are answered with a no, and stay undone. */
async function answerSome({ sandbox, tally, upstreams }: Context, txn: string, mark: string): Promise<void> {
  const person = await sandbox.approver(`Cleo ${randomText(4)}`);
  const handles = (await waitingOf(sandbox.admin, txn)).slice(0, ANSWERED);
  for (const handle of handles) {
    const said1 = await signRequest(sandbox.approvals, { handle, by: person.passkey, kind: "refuse" });
    tally.needs(said1.status < 300, `a no was not taken: ${said(said1)}`);
  }
  const took = upstreams.effects.filter(({ args }) => args["mark"] === mark).length;
  tally.trial(
    handles.length > 0 && took === 0,
    `${handles.length} were refused by a person, and none took effect`,
  );
}

/** More requests than people can answer. */
export const dr17: Drill = {
  id: "DR-17",
  name: "Approval flood",
  apart: true,
  alone: true,
  scenario: { v: 1, flood: FLOOD, answered_no: ANSWERED },
  expected: "nothing is approved by itself, however many wait; the ones that are too many are turned away",
  simulated: ["passkeys are in software and nobody is asked"],
  async run(context) {
    await flood(context);
    context.tally.note(
      "not tried: that a request ends with its time, which is a quarter of an hour; taking turns between approvers does not exist",
    );
  },
};
