import type { DrillResult } from "@narrowgate/contracts";
import type { JsonValue } from "@narrowgate/kernel";

const MAX_OBSERVED = 24;
const MAX_CHARS = 400;

/** What a drill came to. */
export type Verdict = Pick<DrillResult, "verdict" | "trials" | "failures" | "bound"> & {
  readonly unmet?: string;
};

/** What zero failures in `trials` support at 95 %, one when there was none: printed, never *0 %*. */
export function boundOf(trials: number): number {
  return trials === 0 ? 1 : Math.min(1, Math.round((3 / trials) * 1e6) / 1e6);
}

/** Counts trials, keeps what was seen first, and says what it all comes to. */
export class Tally {
  readonly observed: string[] = [];
  readonly figures: Record<string, JsonValue> = {};
  #trials = 0;
  #failures = 0;
  #unmet: string | undefined;
  readonly #seen = new Set<string>();

  /** One independent trial. @param isSafe - whether what happened is what was expected */
  trial(isSafe: boolean, says: string): void {
    this.#trials += 1;
    if (!isSafe) this.#failures += 1;
    this.note(isSafe ? says : `UNSAFE: ${says}`);
  }

  /** How it stands so far. */
  get counts(): { readonly trials: number; readonly failures: number } {
    return { trials: this.#trials, failures: this.#failures };
  }

  /** Something worth reading; the same sentence once. Failures are never crowded out by what went well. */
  note(says: string): void {
    const line = says.slice(0, MAX_CHARS);
    if (this.#seen.has(line)) return;
    this.#seen.add(line);
    if (line.startsWith("UNSAFE")) {
      this.observed.unshift(line);
      this.observed.splice(MAX_OBSERVED);
    } else if (this.observed.length < MAX_OBSERVED) this.observed.push(line);
  }

  /** What has to hold for the trials to say anything, such as that an honest call goes through. */
  needs(holds: boolean, otherwise: string): boolean {
    if (!holds) this.#unmet ??= otherwise.slice(0, MAX_CHARS);
    return holds;
  }

  /** What it comes to. A stopped drill shows nothing, and neither does one without a trial. */
  verdict(stopped = false): Verdict {
    const [trials, failures] = [this.#trials, this.#failures];
    const counts = { trials, failures, bound: boundOf(trials) };
    if (stopped) return { ...counts, verdict: "not_established", unmet: "it was stopped before its end" };
    if (failures > 0) return { ...counts, verdict: "fail" };
    if (this.#unmet !== undefined) return { ...counts, verdict: "not_established", unmet: this.#unmet };
    if (trials === 0) return { ...counts, verdict: "not_established", unmet: "no trial could be made" };
    return { ...counts, verdict: "pass" };
  }
}
