import type { ReleaseEffect, ReleaseEffects } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { transactionPath } from "../routing/route.ts";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";

/** Rows that a page shows. */
const SHOWN = 100;

const OUTCOME_WORDS: Readonly<Record<ReleaseEffect["outcome"], string>> = {
  ok: "done",
  tool_error: "the tool said it failed",
  upstream_error: "the server failed",
  timeout: "no answer in time",
  cancelled: "cancelled",
  unknown: "unknown: only the server can tell",
  pending: "not known yet",
};

function Row({ call }: { readonly call: ReleaseEffect }): ReactNode {
  const { at, txn, server, operation, effect, egress, outcome, agent, purpose } = call;
  return (
    <tr>
      <td>{shownTime(at)}</td>
      <td>
        {visibleText(server)} {visibleText(operation)}
        {egress && ", sent data out"}
      </td>
      <td>{effect}</td>
      <td>{OUTCOME_WORDS[outcome]}</td>
      <td>{visibleText(agent)}</td>
      <td>{purpose === undefined ? "not told" : visibleText(purpose)}</td>
      <td>
        <Link to={transactionPath(txn)}>transaction</Link>
      </td>
    </tr>
  );
}

/** Calls under a release that changed something where they went, for somebody to make good when it is taken back. */
export function ReleaseEffectsPart({ effects }: { readonly effects: ReleaseEffects }): ReactNode {
  const { calls, total, is_more: isMore } = effects;
  if (total === 0) return <p>No call under it changed anything.</p>;
  const shown = calls.slice(0, SHOWN);
  return (
    <>
      <p>
        {isMore ? "At least " : ""}
        {total} {total === 1 ? "call" : "calls"} changed something where they went. Nothing here undoes them
        when the release is rolled back: somebody has to look.
      </p>
      <table>
        <thead>
          <tr>
            {["At", "Operation", "Effect", "Outcome", "Agent", "For", "Where"].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((call) => (
            <Row key={call.entry} call={call} />
          ))}
        </tbody>
      </table>
      {total > shown.length && (
        <p className="quiet">
          The newest {shown.length}; <code>narrowgate release effects ID --json</code> has the newest{" "}
          {calls.length}.
        </p>
      )}
    </>
  );
}
