import type { PolicySurroundings } from "@narrowgate/contracts";
import type { Analysis, FindingKind } from "@narrowgate/policy/analysis";
import type { ReactNode } from "react";
import { counted } from "../view/counted.ts";
import { visibleText } from "../view/visible-text.ts";

const titles: Readonly<Record<FindingKind, string>> = {
  "never-true": "never true",
  shadowed: "shadowed",
  contradictory: "contradictory",
  "approval-unread": "does not look for the signature",
  "unreachable-tool": "no policy allows it",
  "wider-than-ceiling": "wider than the ceiling",
  "egress-ignores-labels": "egress whatever was read",
};

function Extent({ analysis, surroundings }: FindingsProps): ReactNode {
  const { cases, all } = analysis;
  const { agents, agentsInAll, servers } = surroundings;
  const whom =
    agents.length < agentsInAll ? `the first ${agents.length} of ${agentsInAll}` : `all ${agentsInAll}`;
  return (
    <p className="quiet">
      {counted(cases, "case")} decided{all ? "" : ", not all there are"}; agents: {whom}, and{" "}
      {counted(servers.length, "server")}, as they are registered now.
    </p>
  );
}

interface FindingsProps {
  readonly analysis: Analysis;
  readonly surroundings: PolicySurroundings;
}

/** What analysis found, what it could not decide, and how far it looked. */
export function PolicyFindings({ analysis, surroundings }: FindingsProps): ReactNode {
  const { findings, undecided } = analysis;
  return (
    <>
      {findings.length === 0 ? (
        <p>Nothing was found.</p>
      ) : (
        <ul className="findings">
          {findings.map(({ kind, about, message }) => (
            <li key={`${kind} ${about}`}>
              <span className="badge status-claimed">{titles[kind]}</span>{" "}
              <strong>{visibleText(about)}</strong>: {visibleText(message)}
            </li>
          ))}
        </ul>
      )}
      {undecided.length > 0 && (
        <details>
          <summary>Not decided: {counted(undecided.length, "question")}</summary>
          <ul className="findings">
            {undecided.map(({ kind, about, why }) => (
              <li key={`${kind} ${about}`}>
                {titles[kind]}? <strong>{visibleText(about)}</strong>: {visibleText(why)}
              </li>
            ))}
          </ul>
        </details>
      )}
      <Extent analysis={analysis} surroundings={surroundings} />
    </>
  );
}
