import type { ReactNode } from "react";
import { listRefusals, listWaiting, readHouse } from "../api/house.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { LogFacts, RunningFacts } from "../parts/house-facts.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { RefusalTable } from "../parts/refusal-table.tsx";
import { WaitingPart } from "../parts/waiting-part.tsx";
import type { SessionProps } from "./session-props.ts";

/** Waiting calls that are shown here; the inbox has the rest. */
const MOST_WAITING = 5;

/** What runs, what waits, what was refused, and how the log stands. */
export function HomePage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  const house = useLoaded(readHouse, onSignedOut);
  const waiting = useLoaded(listWaiting, onSignedOut);
  const refusals = useLoaded(listRefusals, onSignedOut);
  return (
    <PageFrame title="Home" page="home" onSignOut={onSignOut}>
      <Section title="What runs">
        <LoadedPart state={house}>{(overview) => <RunningFacts overview={overview} />}</LoadedPart>
      </Section>
      <Section title="What waits">
        <LoadedPart state={waiting}>
          {(found) => <WaitingPart waiting={found} most={MOST_WAITING} />}
        </LoadedPart>
      </Section>
      <Section title="What was refused lately">
        <LoadedPart state={refusals}>
          {(found) =>
            found.length === 0 ? (
              <p className="empty">
                Nothing among the newest entries of the log. To see refusals on a sample, type{" "}
                <code>narrowgate tour</code>
              </p>
            ) : (
              <RefusalTable refusals={found} />
            )
          }
        </LoadedPart>
      </Section>
      <Section title="The log">
        <LoadedPart state={house}>{(overview) => <LogFacts overview={overview} />}</LoadedPart>
      </Section>
    </PageFrame>
  );
}
