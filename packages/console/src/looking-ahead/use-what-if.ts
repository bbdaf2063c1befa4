import type { PolicyFiles } from "@narrowgate/contracts";
import { useCallback, useEffect, useState } from "react";
import type { BenchAnswer, WhatIf } from "./messages.ts";
import { PolicyBench } from "./policy-bench.ts";

/** Deciding again: not begun, under way, ended early, or at an end. */
export interface WhatIfState {
  readonly stage: "idle" | "running" | "stopped" | "done" | "failed";
  readonly whatIf?: WhatIf;
  readonly message?: string;
}

function after(known: WhatIfState, answer: BenchAnswer): WhatIfState {
  switch (answer.kind) {
    case "judged":
      return { stage: "running", whatIf: answer.whatIf };
    case "rejected":
      return { stage: "failed", message: "These policies do not compile; see above." };
    case "failed":
      return { stage: "failed", message: answer.message };
    default:
      return { ...known, stage: "done" };
  }
}

/** Deciding recorded requests again, begun and ended by hand. @param onSignedOut - told when the server wants a sign-in first */
export function useWhatIf(onSignedOut: () => void): {
  readonly state: WhatIfState;
  readonly start: (bundle: PolicyFiles, sinceMs: number) => void;
  readonly stop: () => void;
} {
  const [bench] = useState(() => new PolicyBench());
  const [state, setState] = useState<WhatIfState>({ stage: "idle" });
  useEffect(() => () => bench.stop(), [bench]);
  const start = useCallback(
    (bundle: PolicyFiles, sinceMs: number) => {
      setState({ stage: "running" });
      bench.run({ kind: "what-if", bundle, sinceMs }, (answer) => {
        setState((known) => after(known, answer));
        if (answer.kind === "signed-out") onSignedOut();
      });
    },
    [bench, onSignedOut],
  );
  const stop = useCallback(() => {
    bench.stop();
    setState((known) => ({ ...known, stage: "stopped" }));
  }, [bench]);
  return { state, start, stop };
}
