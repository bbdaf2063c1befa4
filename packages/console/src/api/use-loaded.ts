import { useEffect, useState } from "react";
import type { Outcome } from "./outcome.ts";

/** Something that is on its way, or what came of it. */
export type Loaded<T> = { readonly kind: "loading" } | Outcome<T>;

const loading = { kind: "loading" } as const;

/**
 * Loads something once, and again when `load` is another function: keep it with `useCallback`.
 * @param onSignedOut - told when the server wants a code first
 */
export function useLoaded<T>(
  load: (signal: AbortSignal) => Promise<Outcome<T>>,
  onSignedOut: () => void,
): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>(loading);
  useEffect(() => {
    const abort = new AbortController();
    setState(loading);
    void load(abort.signal).then((outcome) => {
      if (abort.signal.aborted) return;
      setState(outcome);
      if (outcome.kind === "signed-out") onSignedOut();
    });
    return () => abort.abort();
  }, [load, onSignedOut]);
  return state;
}
