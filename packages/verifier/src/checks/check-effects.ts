import { type Entry, type Evidence, entriesOf, entryOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";

type Effect = Entry<"token"> | Entry<"dispatch">;

const actionsFor = { token: ["mint", "exchange"], dispatch: ["call", "list"] } as const;

function effectFault(evidence: Evidence, effect: Effect): string | undefined {
  const { leaf } = effect;
  const decision = entryOf(evidence, leaf.body.decision, "decision");
  if (decision === undefined) return "an effect names no decision of the bundle";
  if (decision.index >= effect.index) return "an effect stands before its decision";
  if (decision.leaf.body.verdict !== "permit") return "an effect follows from a refusal";
  if (decision.leaf.txn?.id !== leaf.txn?.id)
    return "an effect and its decision are of different transactions";
  const { action } = decision.leaf.body;
  const actions: readonly string[] = actionsFor[leaf.type];
  if (actions.includes(action)) return undefined;
  // The gate's own token for a call; that it is one is for the hop check to say.
  const isGates = leaf.type === "token" && action === "call" && leaf.body.mode === "rebind";
  return isGates && leaf.agent === undefined ? undefined : "a decision of this kind has no such effect";
}

function checkOnce(findings: Findings, effects: readonly Effect[]): void {
  const used = new Set<string>();
  for (const { leaf } of effects) {
    const effect = `${leaf.type} ${leaf.body.decision}`;
    if (used.has(effect)) findings.fail("E-11", "one decision has two effects", leaf.id);
    used.add(effect);
  }
}

function endingFault(
  minted: ReadonlySet<string>,
  ending: Entry<"outcome"> | Entry<"unknown">,
  open: Map<string, number>,
): string | undefined {
  const { decision } = ending.leaf.body;
  const dispatched = open.get(decision);
  // `unknown` may also close a token that was recorded and perhaps never signed.
  const isToken = ending.leaf.type === "unknown" && minted.has(decision);
  if (dispatched === undefined) return isToken ? undefined : "an outcome names nothing that is open";
  if (ending.index <= dispatched) return "an outcome stands before its dispatch";
  open.delete(decision);
  return undefined;
}

/**
 * Checks evidence before effect: each token and dispatch follows from one earlier permit, no refusal has an effect, and
 * each dispatch has one outcome or one `unknown`.
 * @see docs/spec/evidence.md E-11, E-12
 */
export function checkEffects(evidence: Evidence, findings: Findings): void {
  const dispatches = entriesOf(evidence, "dispatch");
  const effects: readonly Effect[] = [...entriesOf(evidence, "token"), ...dispatches];
  for (const effect of effects) {
    const fault = effectFault(evidence, effect);
    if (fault !== undefined) findings.fail("E-11", fault, effect.leaf.id);
  }
  checkOnce(findings, effects);
  const open = new Map(dispatches.map(({ leaf, index }) => [leaf.body.decision, index]));
  const decided = entriesOf(evidence, "token").map(({ leaf }) => leaf.body.decision);
  const minted = new Set(decided.filter((decision) => !open.has(decision)));
  const endings = [...entriesOf(evidence, "outcome"), ...entriesOf(evidence, "unknown")];
  for (const ending of endings.toSorted((a, b) => a.index - b.index)) {
    const fault = endingFault(minted, ending, open);
    if (fault !== undefined) findings.fail("E-11", fault, ending.leaf.id);
  }
  for (const { leaf } of dispatches) {
    if (open.has(leaf.body.decision)) findings.remark(leaf.id, "(no outcome is on record under this head)");
  }
}
