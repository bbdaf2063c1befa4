import { isRefusal, type Refusal } from "./outcome.ts";
import type { StsPorts } from "./ports.ts";
import type { Minted } from "./stages.ts";

/** Makes a token, and tells who watches what came of it. What is thrown is a fault of ours, and told of elsewhere. */
export async function watched(
  { watch }: Pick<StsPorts, "watch">,
  mint: () => Promise<Minted | Refusal>,
): Promise<Minted | Refusal> {
  if (watch === undefined) return mint();
  const startedMs = performance.now();
  const outcome = await mint();
  const what = isRefusal(outcome) ? { code: outcome.code } : { claims: outcome.claims };
  watch({ startedMs, endedMs: performance.now(), ...what });
  return outcome;
}
