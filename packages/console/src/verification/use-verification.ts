import { useEffect, useState } from "react";
import { type VerificationOutcome, verifyInWorker } from "./verify-in-worker.ts";

/** A verification that runs, or what came of it. */
export type VerificationState = { readonly kind: "running" } | VerificationOutcome;

const running = { kind: "running" } as const;

/** Verifies whenever the bundle or the trust file is another. */
export function useVerification(
  bundle: Uint8Array<ArrayBuffer>,
  trust: Uint8Array<ArrayBuffer> | undefined,
): VerificationState {
  const [state, setState] = useState<VerificationState>(running);
  useEffect(() => {
    let isCurrent = true;
    setState(running);
    void verifyInWorker(bundle, trust).then((outcome) => {
      if (isCurrent) setState(outcome);
    });
    return () => {
      isCurrent = false;
    };
  }, [bundle, trust]);
  return state;
}
