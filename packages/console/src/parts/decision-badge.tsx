import type { ReactNode } from "react";

/** Permit or refuse, told by word and shape as well as by colour. */
export function DecisionBadge({ verdict }: { readonly verdict: "permit" | "refuse" }): ReactNode {
  return (
    <span className={`badge decision-${verdict}`}>
      <span aria-hidden="true">{verdict === "permit" ? "→ " : "✕ "}</span>
      {verdict}
    </span>
  );
}
