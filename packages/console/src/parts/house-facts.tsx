import type { HouseOverview } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { visibleText } from "../view/visible-text.ts";
import { Fact } from "./fact-list.tsx";

const policyWords = {
  none: "none yet: every call is refused",
  in_force: "in force",
  rejected: "stored, but not understood by this version: every call is refused",
} as const;

const witnessWords = {
  cosigned: "cosigned",
  refused: "refused to sign",
  unavailable: "could not be reached",
  unasked: "not asked yet",
} as const;

/** Counts of what runs. An instance without agents shows how the first one comes about. */
export function RunningFacts({ overview }: { readonly overview: HouseOverview }): ReactNode {
  const { environment, agents, mandatesOpen, policy } = overview;
  const { active, suspended } = agents;
  return (
    <>
      <dl className="facts">
        <Fact label="Environment">{visibleText(environment)}</Fact>
        <Fact label="Agents">
          {active} active, {suspended} suspended
        </Fact>
        <Fact label="Open mandates">{mandatesOpen}</Fact>
        <Fact label="Policies">{policyWords[policy]}</Fact>
      </dl>
      {active + suspended === 0 && (
        <p className="empty">
          No agent is registered. Describe agents and servers in a file, then type{" "}
          <code>narrowgate apply -f narrowgate.yaml</code>
        </p>
      )}
    </>
  );
}

function WitnessLine({ witness }: { readonly witness: HouseOverview["witnesses"][number] }): ReactNode {
  const { name, last, behind } = witness;
  return (
    <li>
      <strong>{visibleText(name)}</strong>: {witnessWords[last]}
      {behind > 0 && `, ${behind} entries behind`}
    </li>
  );
}

/** How far the log is published and cosigned. */
export function LogFacts({ overview }: { readonly overview: HouseOverview }): ReactNode {
  const { log, witnesses } = overview;
  return (
    <>
      <dl className="facts">
        <Fact label="Entries">{log.size}</Fact>
        <Fact label="Published">{log.published}</Fact>
        <Fact label="Witnessed">{log.witnessed}</Fact>
      </dl>
      {witnesses.length === 0 ? (
        <p className="empty">
          {log.witnessed === 0
            ? "Nobody outside has signed this log, so only its own key vouches for it."
            : "A witness has signed this log, and none is asked any more: for what came since only its own key vouches."}{" "}
          To have it cosigned, type <code>narrowgate witness add URL KEY</code>
        </p>
      ) : (
        <ul>
          {witnesses.map((witness) => (
            <WitnessLine key={witness.name} witness={witness} />
          ))}
        </ul>
      )}
    </>
  );
}
