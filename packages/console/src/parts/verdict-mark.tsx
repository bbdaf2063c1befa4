import type { ControlVerdict } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { VERDICT_LOOKS, verdictCounts } from "../view/verdicts.ts";

/** A verdict with its mark and its words. */
export function VerdictMark({ verdict }: { readonly verdict: ControlVerdict }): ReactNode {
  const { mark, words } = VERDICT_LOOKS[verdict];
  return (
    <span className={`badge v-${verdict}`}>
      <span aria-hidden="true">{mark} </span>
      {words}
    </span>
  );
}

/** How many controls came to which verdict: a square for each, and the counts in words. */
export function VerdictStrip(props: {
  readonly counts: readonly { readonly verdict: ControlVerdict; readonly count: number }[];
}): ReactNode {
  return (
    <>
      <span className="strip" aria-hidden="true">
        {props.counts.flatMap(({ verdict, count }) =>
          Array.from({ length: Math.min(count, 200) }, (_, n) => (
            <span key={`${verdict} ${String(n)}`} className={`square v-${verdict}`} />
          )),
        )}
      </span>
      <span className="strip-words">
        {props.counts.map(({ verdict, count }) => `${count} ${VERDICT_LOOKS[verdict].words}`).join(", ")}
      </span>
    </>
  );
}

/** What the marks of a grid mean, with how often each is there. */
export function VerdictLegend(props: {
  readonly results: readonly { readonly verdict: ControlVerdict }[];
}): ReactNode {
  return (
    <ul className="legend">
      {verdictCounts(props.results).map(({ verdict, count }) => (
        <li key={verdict}>
          {count} <VerdictMark verdict={verdict} />
        </li>
      ))}
      <li>
        <span className="cell is-sample is-blocking" aria-hidden="true" /> keeps a release back
      </li>
    </ul>
  );
}
