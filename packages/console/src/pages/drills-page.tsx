import type { ReactNode } from "react";
import { listDrills, loadReading } from "../api/assurance.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { DrillGrid, DrillTable } from "../parts/drill-parts.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import type { SessionProps } from "./session-props.ts";

/** Attacks and faults on the real stack: what each came to. */
export function DrillsPage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  const record = useLoaded(listDrills, onSignedOut);
  const reading = useLoaded(loadReading, onSignedOut);
  return (
    <PageFrame title="Drills" page="drills" onSignOut={onSignOut}>
      <p className="quiet">
        A drill attacks a sandbox of the same build and release through its front doors. One that could not
        run is not established, never passed. Started by an operator:{" "}
        <code>narrowgate drill run --profile ci</code>
      </p>
      <LoadedPart state={reading}>
        {({ catalogue }) => (
          <LoadedPart state={record}>
            {({ total, drills }) => (
              <>
                <Section title="At a glance">
                  <DrillGrid catalogue={catalogue} lines={drills} />
                </Section>
                <Section title="Results">
                  {drills.length === 0 ? (
                    <p className="empty">
                      No drill was run. The short set ends within ten minutes, beside your agents and not
                      among them: <code>narrowgate drill run --profile ci</code>
                    </p>
                  ) : (
                    <DrillTable catalogue={catalogue} lines={drills} />
                  )}
                  {total > drills.length && (
                    <p>
                      The newest {drills.length} of {total} stand here.
                    </p>
                  )}
                </Section>
              </>
            )}
          </LoadedPart>
        )}
      </LoadedPart>
    </PageFrame>
  );
}
