import type { PersonLine } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { agentPath, transactionPath } from "../routing/route.ts";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";

/** Which agents act for a person by her own consent. The task is told by the transaction, where reading is on record. */
export function PersonConsents({ person }: { readonly person: PersonLine }): ReactNode {
  const { consentCount, consents } = person;
  if (consentCount === 0) return "none";
  return (
    <details>
      <summary>
        {consentCount} {consentCount === 1 ? "agent acts" : "stand"}
      </summary>
      <ul>
        {consents.map(({ agent, mandate, txn, redirectHost, atMs, expiresAtMs, lastUsedMs }) => (
          <li key={mandate}>
            <Link to={agentPath(agent)}>{visibleText(agent)}</Link>
            {redirectHost !== "" && ` by ${visibleText(redirectHost)}`}, {shownTime(atMs)} to{" "}
            {shownTime(expiresAtMs)}
            {lastUsedMs !== undefined && `, last used ${shownTime(lastUsedMs)}`};{" "}
            <Link to={transactionPath(txn)}>what it did</Link>
          </li>
        ))}
      </ul>
      {consents.length < consentCount && <p>The youngest {consents.length} are shown.</p>}
    </details>
  );
}
