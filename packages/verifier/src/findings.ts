import { isNarrowgateError } from "@narrowgate/kernel";
import type { Failure, LineStatus } from "./report.ts";

const maxFailures = 100;
const maxNotes = 50;

/** What the checks say about one line of the story. */
export interface Mark {
  readonly status: LineStatus;
  readonly by?: string;
}

// The weaker one wins: a line is no better than the least that is known of it.
const strength: readonly LineStatus[] = ["missing", "erased", "claimed", "signed", "proven"];

/** Collects what the checks find; none of them throws on input. */
export class Findings {
  readonly failures: Failure[] = [];
  readonly notes: string[] = [];
  readonly remarks: Map<string, string[]> = new Map();
  readonly #marks: Map<string, Mark> = new Map();

  fail(rule: string, message: string, entry?: string): void {
    if (this.failures.length >= maxFailures) return;
    this.failures.push({ rule, message, ...(entry === undefined ? {} : { entry }) });
  }

  note(sentence: string): void {
    if (this.notes.length < maxNotes && !this.notes.includes(sentence)) this.notes.push(sentence);
  }

  /** Says how far a line can be believed; of two marks the weaker stays. */
  mark(entry: string, mark: Mark): void {
    const before = this.#marks.get(entry);
    const isWeaker = before === undefined || strength.indexOf(mark.status) < strength.indexOf(before.status);
    if (isWeaker) this.#marks.set(entry, mark);
  }

  markOf(entry: string): Mark | undefined {
    return this.#marks.get(entry);
  }

  /** Adds words to the line of an entry. */
  remark(entry: string, words: string): void {
    const known = this.remarks.get(entry);
    if (known === undefined) this.remarks.set(entry, [words]);
    else known.push(words);
  }

  /**
   * Runs a piece of a check; what a parser throws becomes a failure of `rule`.
   * INVARIANT: with {@link attemptAsync} the one place where a throw becomes a finding.
   */
  attempt<T>(rule: string, entry: string | undefined, run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.#caught(rule, entry, error);
      return undefined;
    }
  }

  /** {@link Findings.attempt} for a piece that waits for signatures. */
  async attemptAsync<T>(
    rule: string,
    entry: string | undefined,
    run: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      this.#caught(rule, entry, error);
      return undefined;
    }
  }

  #caught(rule: string, entry: string | undefined, error: unknown): void {
    // A fault of our own must not read as success, and its text is not for the report.
    const message = isNarrowgateError(error) ? error.publicMessage : "the check itself failed";
    this.fail(rule, message, entry);
  }
}
