import type { Context, Drill } from "../run/drill.ts";
import { LEAD, STRANGER } from "../stage/scene.ts";
import { type Answer, said } from "../wire/http.ts";
import { makeKey, randomText } from "../wire/key.ts";
import { at, textAt } from "../wire/reading.ts";

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

/** A production instance gives no token without a release. */
async function production(context: Context): Promise<void> {
  const prod = await context.another({ environment: "prod", bare: true });
  const status = await prod.admin.read("/status");
  context.tally.needs(
    textAt(status.body, "environment") === "prod",
    "no production instance could be started",
  );
  const promoted = await prod.admin.send("POST", `/releases/${randomText()}/promote`);
  refused(context, "in production, a release that was never proposed", promoted, ["not_found"]);
}

/** The gate before production, abused. */
export const dr30: Drill = {
  id: "DR-30",
  name: "Gate abuse and build swap",
  scenario: {
    v: 1,
    ways: ["unsigned", "unknown", "forged", "back to nothing", "made-up result", "older proposal"],
  },
  expected:
    "nothing is promoted without four signatures and what the profile demands; each refusal names why",
  async run(context) {
    await abuse(context);
    await swap(context);
    await production(context);
    context.tally.note(
      "not tried: going back at peak and a swap after signing; a sandbox cannot be promoted, since its own drills are what a promotion rests on",
    );
  },
};
