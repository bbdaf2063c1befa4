import type { ReactNode } from "react";
import type { LabelChip } from "../view/timeline.ts";
import { visibleText } from "../view/visible-text.ts";
import { StatusBadge } from "./status-badge.tsx";

/** What carries more than before, from an event on, and how far that can be believed. */
export function Labels({ labels }: { readonly labels: readonly LabelChip[] }): ReactNode {
  return (
    <ul className="labels" aria-label="Labels from here on">
      {labels.map(({ entry, state, dataClass, untrusted, status }) => (
        <li key={entry}>
          <span className="badge label-chip">
            {state}: {visibleText(dataClass)}
            {untrusted && ", content of strangers"}
          </span>{" "}
          <StatusBadge status={status} />
        </li>
      ))}
    </ul>
  );
}
