import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { LEAD, TOKENS_ALONE, WORKER } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";
import { claimsOf, textAt } from "../wire/reading.ts";

const ROUNDS = 8;
const RACING = 12;

interface Late {
  readonly lead: Agent;
  readonly token: string;
  readonly mandate: string;
}

async function begin({ sandbox, tally }: Context): Promise<Late> {
  const lead = await sandbox.join(LEAD);
  const mandate = await sandbox.mandate(LEAD);
  const token = tokenOf(await lead.mint("drill-files", { mandate }));
  const call = { server: "drill-files", tool: "write_note", args: { path: "notes/early", text: "x" }, token };
  tally.needs(isDone(await lead.call(call)), "the agent's own call did not go through");
  return { lead, token, mandate };
}

/** Calls race against the end of their authority: what begins after the end was told must not take effect. */
async function race(context: Context, how: string, end: (late: Late) => Promise<unknown>): Promise<void> {
  const { tally, upstreams, sandbox } = context;
  const late = await begin(context);
  const mark = `notes/late-${randomText()}`;
  const call = (path: string) =>
    late.lead.call({
      server: "drill-files",
      tool: "write_note",
      args: { path, text: "x" },
      token: late.token,
    });
  const racing = Array.from({ length: RACING }, (_, i) => call(`${mark}/${i}`));
  await end(late);
  const told = Date.now();
  await Promise.all(racing);
  const after = await call(`${mark}/after`);
  const took = upstreams.effects.filter(({ args }) => String(args["path"]).startsWith(mark));
  const tooLate = took.filter(({ atMs }) => atMs > told + 1000);
  const isSafe =
    !isDone(after) && tooLate.length === 0 && took.every(({ args }) => args["path"] !== `${mark}/after`);
  tally.trial(isSafe, `${how}: ${said(after)}`);
  const more = await late.lead.exchange(late.token, { resource: `${sandbox.issuer}/agents/${WORKER}` });
  tally.trial(tokenOf(more) === "", `${how}, then handed on: ${said(more)}`);
}

async function reuse(context: Context): Promise<void> {
  const { tally, upstreams } = context;
  const { lead, token } = await begin(context);
  const path = `notes/once-${randomText()}`;
  const asked = lead.request({ server: "drill-files", tool: "write_note", args: { path, text: "x" }, token });
  const proof = lead.proof({ method: "POST", url: asked.url, body: asked.body, token });
  const sent = await Promise.all(
    Array.from({ length: 5 }, () => lead.send({ ...asked, tricks: { whole: proof } })),
  );
  const took = upstreams.effects.filter(({ args }) => args["path"] === path).length;
  const done = sent.filter(isDone).length;
  tally.trial(took <= 1 && done <= 1, `one decided request sent five times at once: ${took} took effect`);
}

async function policyChange(context: Context): Promise<void> {
  const { sandbox, tally } = context;
  const { lead, token } = await begin(context);
  await sandbox.apply({ policies: ["**/*"] }, TOKENS_ALONE);
  const args = { path: "notes/after-policy", text: "x" };
  const answer = await lead.call({ server: "drill-files", tool: "write_note", args, token });
  tally.trial(!isDone(answer), `a session goes on after its policy was taken away: ${said(answer)}`);
  await sandbox.apply();
}

/** Authority that ends while it is used. */
export const dr09: Drill = {
  id: "DR-09",
  name: "Late authority",
  scenario: {
    v: 1,
    rounds: ROUNDS,
    racing: RACING,
    ends: ["token", "mandate", "closed", "policy"],
    reuse: 5,
  },
  expected:
    "what begins after the end of its authority was told is refused and has no effect; a decided request takes effect once",
  async run(context) {
    const { sandbox, signal } = context;
    const revoke = (kind: string, id: string) =>
      sandbox.admin.send("POST", "/revocations", { kind, id, reason: "a drill" });
    const rounds = roundsFor(context, ROUNDS, 7);
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      await race(context, "its token revoked", ({ token }) =>
        revoke("token", textAt(claimsOf(token), "jti")),
      );
      await race(context, "its mandate revoked", ({ mandate }) => revoke("mandate", mandate));
      await race(context, "its task closed", ({ mandate }) =>
        sandbox.admin.send("POST", `/mandates/${mandate}/close`, {}),
      );
      await reuse(context);
    }
    await policyChange(context);
  },
};
