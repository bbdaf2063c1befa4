import type { PolicyFiles } from "@narrowgate/contracts";
import { type ReactNode, useId, useState } from "react";
import type { WhatIf } from "../looking-ahead/messages.ts";
import { useWhatIf, type WhatIfState } from "../looking-ahead/use-what-if.ts";
import { changedTransactions } from "../view/changed-transactions.ts";
import { counted } from "../view/counted.ts";
import { visibleText } from "../view/visible-text.ts";
import { ChangedTransactions } from "./changed-transactions.tsx";

const dayMs = 86_400_000;
const spans: readonly (readonly [days: number, name: string])[] = [
  [1, "one day"],
  [7, "seven days"],
  [30, "thirty days"],
];

const stageWords: Readonly<Record<Exclude<WhatIfState["stage"], "idle" | "failed">, string>> = {
  running: "Deciding again…",
  stopped: "Stopped.",
  done: "Done.",
};

function Result({ whatIf }: { readonly whatIf: WhatIf }): ReactNode {
  const { counts, forbidden, changes, left, undisclosed } = whatIf;
  const transactions = changedTransactions(changes).length;
  return (
    <>
      <p data-testid="what-if-counts">
        {counted(counts.judged, "decision")}, {counts.distinct} of them distinct: {counts.changed} would
        change, in {left > 0 ? "more than " : ""}
        {counted(transactions, "transaction")}.
      </p>
      {counts.beforePolicy > 0 && (
        <p>{counts.beforePolicy} were refused before any policy was asked, and would be again.</p>
      )}
      {forbidden.map(([overlay, count]) => (
        <p key={overlay}>
          {counted(count, "decision")} forbidden by overlay <code>{visibleText(overlay)}</code>, which no
          policies lift.
        </p>
      ))}
      {undisclosed > 0 && <p>{undisclosed} have inputs that are not there any more.</p>}
      {left > 0 && <p>Only the newest {changes.length} changed decisions are listed.</p>}
      {changes.length > 0 && <ChangedTransactions changes={changes} />}
    </>
  );
}

/** Recorded requests decided again under a candidate, as a list of transactions that would change. */
export function WhatIfPart(props: {
  /** Undefined while it does not compile. */
  readonly bundle: PolicyFiles | undefined;
  /** Digest of what would be judged now. */
  readonly digest: string | undefined;
  readonly onSignedOut: () => void;
}): ReactNode {
  const { bundle, digest, onSignedOut } = props;
  const id = useId();
  const [days, setDays] = useState(7);
  const { state, start, stop } = useWhatIf(onSignedOut);
  const { stage, whatIf, message } = state;
  return (
    <>
      <p>
        Requests of the past are decided again, here in the browser, and nothing is changed by it. That their
        inputs were read goes on record.
      </p>
      <div className="actions">
        <label htmlFor={id}>The last</label>
        <select id={id} value={days} onChange={({ target }) => setDays(Number(target.value))}>
          {spans.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        {stage === "running" ? (
          <button type="button" onClick={stop}>
            Stop
          </button>
        ) : (
          <button
            type="button"
            disabled={bundle === undefined}
            onClick={() => {
              if (bundle !== undefined) start(bundle, Date.now() - days * dayMs);
            }}
          >
            Decide again
          </button>
        )}
      </div>
      {stage === "failed" && <p role="alert">{visibleText(message ?? "")}</p>}
      <p role="status">{stage === "idle" || stage === "failed" ? "" : stageWords[stage]}</p>
      {whatIf !== undefined && whatIf.digest !== digest && (
        <p className="failure">The text was changed since; this is about the one before.</p>
      )}
      {whatIf !== undefined && <Result whatIf={whatIf} />}
    </>
  );
}
