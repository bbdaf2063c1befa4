import { type ReactNode, useCallback, useState } from "react";
import type { Outcome } from "../api/outcome.ts";
import type { RollPage } from "../api/roll.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { LoadedPart } from "./loaded-part.tsx";

/** A long list, a part at a time; where it is empty, how it is filled. */
export function RollPart<T>(props: {
  readonly list: (after: string | undefined, signal: AbortSignal) => Promise<Outcome<RollPage<T>>>;
  readonly onSignedOut: () => void;
  readonly empty: ReactNode;
  readonly children: (rows: readonly T[]) => ReactNode;
}): ReactNode {
  const { list, onSignedOut, empty, children } = props;
  const [after, setAfter] = useState<string>();
  const load = useCallback((signal: AbortSignal) => list(after, signal), [list, after]);
  const state = useLoaded(load, onSignedOut);
  return (
    <LoadedPart state={state}>
      {({ rows, next }) => (
        <>
          {rows.length === 0 ? empty : children(rows)}
          <p className="pager">
            {after !== undefined && (
              <button type="button" onClick={() => setAfter(undefined)}>
                From the beginning
              </button>
            )}
            {next !== undefined && (
              <button type="button" onClick={() => setAfter(next)}>
                Next
              </button>
            )}
          </p>
        </>
      )}
    </LoadedPart>
  );
}
