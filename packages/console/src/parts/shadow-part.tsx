import type { ShadowReport } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { shownTime } from "../view/shown-time.ts";
import { ChangedTransactions } from "./changed-transactions.tsx";

/** The candidate beside the policies in force, and what it would have decided differently. */
export function ShadowPart({ shadow }: { readonly shadow: ShadowReport }): ReactNode {
  if (shadow.state === "off")
    return (
      <p className="empty">
        No candidate stands beside the policies in force. To try one on live traffic, which it cannot touch,
        type <code>narrowgate policy shadow FILE</code>
      </p>
    );
  const { digest, sinceMs, counts, dropped, waiting, samples } = shadow;
  return (
    <>
      <dl className="facts">
        <div>
          <dt>Candidate</dt>
          <dd className="id">{digest}</dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>{shownTime(sinceMs)}</dd>
        </div>
        <div>
          <dt>Decisions</dt>
          <dd>
            {counts.judged} judged, {counts.changed} would be others
            {counts.beforePolicy > 0 && `, ${counts.beforePolicy} refused before policy`}
            {waiting > 0 && `, ${waiting} wait`}
            {dropped > 0 && `, ${dropped} left out`}
          </dd>
        </div>
      </dl>
      {samples.length > 0 && <ChangedTransactions changes={samples} />}
    </>
  );
}
