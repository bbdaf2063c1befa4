import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { pay, waitingOf } from "../stage/approvals.ts";
import type { Sandbox } from "../stage/sandbox.ts";
import { LEAD } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { type Answer, isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";
import { Passkey, signRequest } from "../wire/passkey.ts";

const ROUNDS = 2;
const SUBJECT = "https://idp.drill.example#ana";

interface Waiting {
  readonly lead: Agent;
  readonly token: string;
  readonly handle: string;
  readonly payment: {
    readonly amount_minor: number;
    readonly currency: string;
    readonly to: string;
    readonly mark: string;
  };
}

async function waiting({ sandbox, tally }: Context): Promise<Waiting> {
  const lead = await sandbox.join(LEAD);
  const mandate = await sandbox.openMandate(LEAD, { subject: SUBJECT });
  const token = tokenOf(await lead.mint("drill-pay", { mandate: mandate.id }));
  const payment = { amount_minor: 100, currency: "EUR", to: "shop", mark: randomText() };
  const asked = await pay(lead, token, payment);
  const [handle = ""] = await waitingOf(sandbox.admin, mandate.txn);
  tally.needs(
    asked.code === "approval_required" && handle !== "",
    `the payment did not wait for a person: ${said(asked)}`,
  );
  return { lead, token, handle, payment };
}

/** Signs, and then tries the payment: it must not have gone through. */
async function refused(
  context: Context,
  who: string,
  sign: (sandbox: Sandbox, handle: string) => Promise<Answer>,
): Promise<void> {
  const { sandbox, tally, upstreams } = context;
  const { lead, token, handle, payment } = await waiting(context);
  const signed = await sign(sandbox, handle);
  const tried = await pay(lead, token, payment);
  const took = upstreams.effects.some(({ args }) => args["mark"] === payment.mark);
  tally.trial(signed.status >= 400 && !isDone(tried) && !took, `${who}: ${said(signed)}`);
}

async function sockPuppets(context: Context): Promise<void> {
  const { sandbox } = context;
  const people: readonly (readonly [string, string, readonly string[]])[] = [
    ["who it is done for", "Ana", [SUBJECT]],
    ["the owner of the agent", "owner@drill.example", []],
    ["the deputy, written otherwise", " mailto:DEPUTY@drill.example".trim(), []],
    [
      "the owner's second account",
      "Somebody",
      ["https://idp.drill.example#owner@drill.example", "https://other.drill.example#x", SUBJECT],
    ],
  ];
  for (const [who, name, identities] of people) {
    const person = await sandbox.approver(name, identities);
    await refused(context, who, ({ approvals }, handle) =>
      signRequest(approvals, { handle, by: person.passkey }),
    );
    await sandbox.admin.send("DELETE", `/people/${person.ref}`);
  }
}

async function others(context: Context): Promise<void> {
  const { sandbox } = context;
  const leaver = await sandbox.approver("Leaver");
  await sandbox.admin.send("DELETE", `/people/${leaver.ref}`);
  await refused(context, "somebody who left", ({ approvals }, handle) =>
    signRequest(approvals, { handle, by: leaver.passkey }),
  );
  const nobody = new Passkey(sandbox.approvals);
  await refused(context, "a passkey that nobody enrolled", ({ approvals }, handle) =>
    signRequest(approvals, { handle, by: nobody }),
  );
  const auditor = await sandbox.approver("Auditor");
  await sandbox.admin.send("POST", `/people/${auditor.ref}`, { roles: ["auditor"] });
  await refused(context, "somebody whose role was taken away", ({ approvals }, handle) =>
    signRequest(approvals, { handle, by: auditor.passkey }),
  );
  await sandbox.admin.send("DELETE", `/people/${auditor.ref}`);
}

/** Who must not approve, approves. */
export const dr15: Drill = {
  id: "DR-15",
  name: "Self-approval and sock puppet",
  apart: true,
  scenario: {
    v: 2,
    rounds: ROUNDS,
    who: ["subject", "owner", "deputy", "second account", "leaver", "nobody", "role taken away"],
  },
  expected: "none of them can approve, and the call is not made; the one eligible other person can",
  simulated: ["passkeys are in software and nobody is asked"],
  async run(context) {
    const { sandbox, tally } = context;
    const rounds = roundsFor(context, ROUNDS, 7);
    for (let round = 0; round < rounds && !context.signal.aborted; round++) {
      await sockPuppets(context);
      await others(context);
    }
    const { lead, token, handle, payment } = await waiting(context);
    const eligible = await sandbox.approver("Bea");
    const signed = await signRequest(sandbox.approvals, { handle, by: eligible.passkey });
    const paid = await pay(lead, token, payment);
    tally.needs(isDone(paid), `the eligible person's yes did not count: ${said(signed)}, then ${said(paid)}`);
  },
};
