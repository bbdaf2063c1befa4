import type { LineStatus } from "@narrowgate/verifier";
import type { ReactNode } from "react";

const marks: Readonly<Record<LineStatus, string>> = {
  proven: "✓",
  signed: "✎",
  claimed: "?",
  erased: "∅",
  missing: "!",
};

/** What each mark means, in the words of the evidence specification. */
export const STATUS_MEANINGS: Readonly<Record<LineStatus, string>> = {
  proven: "recomputed or checked here, from the file alone",
  signed: "another party signed it",
  claimed: "the gate says so, and nothing else does",
  erased: "was there, and was erased under a rule",
  missing: "not disclosed in this file",
};

/** How far a line can be believed. */
export function StatusBadge(props: {
  readonly status: LineStatus;
  readonly by?: string | undefined;
}): ReactNode {
  const { status, by } = props;
  return (
    <span className={`badge status-${status}`} title={STATUS_MEANINGS[status]}>
      <span aria-hidden="true">{marks[status]} </span>
      {status === "signed" && by !== undefined ? `signed by ${by}` : status}
    </span>
  );
}
