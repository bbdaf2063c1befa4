import { parseTrustFile, type TrustFile } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import { verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { DRILLS } from "../../packages/drills/src/drills/all-drills.ts";
import type { Context } from "../../packages/drills/src/run/drill.ts";
import type { Sandbox } from "../../packages/drills/src/stage/sandbox.ts";
import { LEAD, WORKER } from "../../packages/drills/src/stage/scene.ts";
import { listAt, textAt } from "../../packages/drills/src/wire/reading.ts";
import { laterPolicies, oneOfTwo, unsignedMint } from "./production.ts";
import { forbiddenCall } from "./responder.ts";
import type { Stage } from "./stage.ts";
import { traffic } from "./traffic.ts";

/** Root of a log without leaves. */
const EMPTY = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

/** What is tried beside the drills of the catalogue, by the name a sabotage gives it. */
const OWN: readonly (readonly [string, (context: Context) => Promise<void>])[] = [
  ["production", unsignedMint],
  ["later policies", laterPolicies],
  ["one of two", oneOfTwo],
  ["responder", forbiddenCall],
];

/** Of the tasks that drills left open, so many are verified. */
const MOST_VERIFIED = 24;

/** What a drill, or the traffic, came to. */
export interface Seen {
  readonly name: string;
  readonly verdict: "pass" | "fail" | "not_established";
  readonly trials: number;
  readonly failures: number;
  /** What was not as it should be, first. */
  readonly says: string;
}

/** All that was seen of one stage. */
export interface Looked {
  readonly drills: readonly Seen[];
  /** Controls at `fail` or `error`, for the agents that worked. */
  readonly red: readonly string[];
  /** Rules by which the offline verifier refuses a transaction. */
  readonly rules: readonly string[];
}

async function tally(
  stage: Stage,
  name: string,
  run: (context: ReturnType<Stage["context"]>) => Promise<unknown>,
) {
  const context = stage.context();
  try {
    await run(context);
  } catch (cause) {
    context.tally.needs(
      false,
      `the driver could not go on: ${cause instanceof Error ? cause.message : "unknown"}`,
    );
  }
  const { verdict, trials, failures, unmet = "" } = context.tally.verdict();
  const [worst = ""] = context.tally.observed.filter((line) => line.startsWith("UNSAFE"));
  return { name, verdict, trials, failures, says: failures > 0 ? worst : unmet };
}

/** Controls that an instance's own evaluation finds red. */
async function redControls({ admin }: Sandbox): Promise<readonly string[]> {
  const red: string[] = [];
  for (const agent of [LEAD, WORKER]) {
    const proposed = await admin.send("POST", "/releases", { agent });
    const shown = await admin.read(`/releases/${textAt(proposed.body, "id")}`);
    const results = listAt(Object(shown.body).evaluation, "results");
    const bad = results.filter((result) => ["fail", "error"].includes(textAt(result, "verdict")));
    red.push(...bad.map((result) => textAt(result, "control")));
  }
  return red;
}

/** What a reader trusts who has seen no head of this log yet. */
async function trustOf({ admin }: Sandbox): Promise<TrustFile> {
  const { body } = await admin.read("/status");
  const status = Object(body);
  return parseTrustFile({
    format: "narrowgate-trust/1",
    logs: [{ key: textAt(body, "log", "key"), origin: textAt(body, "log", "origin"), size: 0, root: EMPTY }],
    witnesses: { keys: [], threshold: 0 },
    issuers: [],
    approvals: { origin: status.approvals.origin, rp_id: status.approvals.rp_id },
    procedures: [status.procedure],
  });
}

/** Rules that the offline verifier, which nobody broke, finds hurt; its verdict for a bundle that does not end. */
async function hurtRules(sandbox: Sandbox, txns: readonly string[]): Promise<readonly string[]> {
  const options = { crypto: nodeCrypto(), engine: createNodeEngine(), trust: await trustOf(sandbox) };
  const hurt: string[] = [];
  for (const txn of txns) {
    const { status, text } = await sandbox.admin.send("GET", `/transactions/${txn}/bundle`);
    if (status !== 200) hurt.push("no bundle");
    else {
      const { verdict, failures } = await verifyBundle(new TextEncoder().encode(text), options);
      hurt.push(...failures.map(({ rule }) => rule));
      if (!verdict.startsWith("verified") && failures.length === 0) hurt.push(verdict);
    }
  }
  return hurt;
}

/** Tasks that drills left open, spread over all of them; each is closed, so that its bundle has an end. */
async function leftOpen({ admin }: Sandbox): Promise<readonly string[]> {
  const open = listAt((await admin.read("/mandates")).body, "mandates");
  const every = Math.max(1, Math.ceil(open.length / MOST_VERIFIED));
  const chosen = open.filter((_, i) => i % every === 0);
  for (const one of chosen) await admin.send("POST", `/mandates/${textAt(one, "id")}/close`, {});
  return chosen.map((one) => textAt(one, "txn"));
}

/** Lets a stage work and be attacked, and looks at it from all three sides. @param drills - ids */
export async function lookAt(stage: Stage, drills: readonly string[]): Promise<Looked> {
  const seen: Seen[] = [];
  let tasks: readonly { readonly txn: string }[] = [];
  seen.push(
    await tally(stage, "traffic", async (context) => {
      tasks = await traffic(context);
    }),
  );
  for (const drill of DRILLS.filter(({ id }) => drills.includes(id)))
    seen.push(await tally(stage, drill.id, (context) => drill.run(context)));
  for (const [name, run] of OWN) if (drills.includes(name)) seen.push(await tally(stage, name, run));
  const [red, rules] = [new Set<string>(), new Set<string>()];
  for (const sandbox of stage.all()) {
    const own = sandbox === stage.sandbox ? tasks.map(({ txn }) => txn) : [];
    for (const rule of await hurtRules(sandbox, [...own, ...(await leftOpen(sandbox))])) rules.add(rule);
    for (const control of await redControls(sandbox)) red.add(control);
  }
  return { drills: seen, red: [...red].sort(), rules: [...rules].sort() };
}
