import type { PolicyFiles, PolicySurroundings } from "@narrowgate/contracts";
import type { Analysis, SchemaWords } from "@narrowgate/policy/analysis";
import { useEffect, useState } from "react";
import type { BenchAnswer, CandidateFile, PolicyCheck } from "./messages.ts";
import { PolicyBench } from "./policy-bench.ts";

/** Policies to be looked at, and beside what. */
export interface CheckInput {
  readonly bundle: PolicyFiles;
  readonly before: PolicyFiles | undefined;
  readonly tests: readonly CandidateFile[];
  readonly surroundings: PolicySurroundings;
}

/** What is known of them so far. */
export interface CheckState {
  /** Whether more is to come. What is shown while it is may be of the text before. */
  readonly isRunning: boolean;
  readonly check?: PolicyCheck;
  readonly analysis?: Analysis;
  /** Why nothing is known. */
  readonly message?: string;
}

function after(known: CheckState, answer: BenchAnswer): CheckState {
  switch (answer.kind) {
    case "checked":
      return { isRunning: true, check: answer.check };
    case "analysed":
      return { ...known, analysis: answer.analysis };
    case "failed":
      return { isRunning: false, message: answer.message };
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
  useEffect(() => () => bench.stop(), [bench]);
  useEffect(() => {
    setState((known) => ({ ...known, isRunning: true }));
    const timer = setTimeout(() => {
      bench.run({ kind: "check", ...input }, (answer) => setState((known) => after(known, answer)));
    }, delayMs);
    return () => clearTimeout(timer);
  }, [bench, input, delayMs]);
  return state;
}

/** What a schema lets policies write; undefined until it is known. */
export function useSchemaWords(bundle: PolicyFiles): SchemaWords | undefined {
  const [words, setWords] = useState<SchemaWords>();
  useEffect(() => {
    const bench = new PolicyBench();
    const profile = bundle.files.filter(({ name }) => name.endsWith(".cedarschema"));
    bench.run({ kind: "words", bundle: { files: profile, schema: bundle.schema } }, (answer) => {
      if (answer.kind === "words") setWords(answer.words);
      if (answer.kind === "done") bench.stop();
    });
    return () => bench.stop();
  }, [bundle]);
  return words;
}
