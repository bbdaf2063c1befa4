import type { PolicyFiles, PolicySurroundings } from "@narrowgate/contracts";
import type { Analysis, SchemaWords } from "@narrowgate/policy/analysis";
import { useEffect, useRef, useState } from "react";
import type { BenchAnswer, CandidateFile, PolicyCheck } from "./messages.ts";
import { PolicyBench } from "./policy-bench.ts";

/** Policies to be looked at, and beside what. */
export interface CheckInput {
  readonly bundle: PolicyFiles;
  readonly before: PolicyFiles | undefined;
  readonly tests: readonly CandidateFile[];
  readonly surroundings: PolicySurroundings;
  /** Whether {@link CheckState.words} is asked for. */
  readonly wantsWords: boolean;
}

/** What is known of them so far. */
export interface CheckState {
  /** Whether more is to come. What is shown while it is may be of the text before. */
  readonly isRunning: boolean;
  readonly check?: PolicyCheck;
  readonly analysis?: Analysis;
  /** What the schema lets policies write, where it was asked for. */
  readonly words?: SchemaWords;
  /** Why nothing is known. */
  readonly message?: string;
}

function after(known: CheckState, answer: BenchAnswer): CheckState {
  const kept = known.words === undefined ? {} : { words: known.words };
  switch (answer.kind) {
    case "words":
      return { ...known, words: answer.words };
    case "checked":
      return { ...kept, isRunning: true, check: answer.check };
    case "analysed":
      return { ...known, analysis: answer.analysis };
    case "failed":
      return { ...kept, isRunning: false, message: answer.message };
    default:
      return { ...known, isRunning: false };
  }
}

/**
 * Checks policies in a worker, again whenever the input is another object: keep it with `useMemo`.
 * @param delayMs - how long a change is waited upon for further ones
 */
export function useCheck(input: CheckInput, delayMs: number): CheckState {
  const [bench] = useState(() => new PolicyBench());
  const [state, setState] = useState<CheckState>({ isRunning: true });
  const hasWords = useRef(false);
  useEffect(() => () => bench.stop(), [bench]);
  useEffect(() => {
    setState((known) => ({ ...known, isRunning: true }));
    const timer = setTimeout(() => {
      const wantsWords = input.wantsWords && !hasWords.current;
      bench.run({ kind: "check", ...input, wantsWords }, (answer) => {
        if (answer.kind === "words") hasWords.current = true;
        setState((known) => after(known, answer));
      });
    }, delayMs);
    return () => clearTimeout(timer);
  }, [bench, input, delayMs]);
  return state;
}
