import type { DrillRecord } from "@narrowgate/contracts";
import { type ReactNode, useCallback, useState } from "react";
import { listDrills, loadReading, type Reading } from "../api/assurance.ts";
import { useDrillsNow } from "../api/use-drills-now.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { DrillGrid, DrillTable } from "../parts/drill-parts.tsx";
import { LiveRun } from "../parts/live-run.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { counted } from "../view/counted.ts";
import type { SessionProps } from "./session-props.ts";

/** Says that results came since; they are read, on record, when somebody asks for them. */
function Arrived(props: {
  readonly shown: number;
  readonly total: number | undefined;
  readonly onShow: () => void;
}): ReactNode {
  const more = Math.max(0, (props.total ?? props.shown) - props.shown);
  return (
    <div className="actions">
      <p role="status">{more > 0 && `${counted(more, "further result")} on record since.`}</p>
      {more > 0 && (
        <button type="button" onClick={props.onShow}>
          Show them
        </button>
      )}
    </div>
  );
}

function Results(props: { readonly record: DrillRecord; readonly reading: Reading }): ReactNode {
  const { catalogue } = props.reading;
  const { total, drills } = props.record;
  return (
    <>
      <Section title="At a glance">
        <DrillGrid catalogue={catalogue} lines={drills} />
      </Section>
      <Section title="Results">
        {drills.length === 0 ? (
          <p className="empty">
            No drill was run. The short set ends within ten minutes, beside your agents and not among them:{" "}
            <code>narrowgate drill run --profile ci</code>
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
  );
}

/** Attacks and faults on the real stack: what each came to, and what comes in while they run. */
export function DrillsPage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round is another reason to load.
  const load = useCallback((signal: AbortSignal) => listDrills(signal), [round]);
  const record = useLoaded(load, onSignedOut);
  const reading = useLoaded(loadReading, onSignedOut);
  const now = useDrillsNow();
  return (
    <PageFrame title="Drills" page="drills" onSignOut={onSignOut}>
      <p className="quiet">
        A drill attacks a sandbox of the same build and release through its front doors. One that could not
        run is not established, never passed. An operator starts them with{" "}
        <code>narrowgate drill run --profile ci</code>; they are seen here while they run, and stopped there
        with Ctrl-C or here.
      </p>
      {now?.run !== undefined && <LiveRun run={now.run} mayStop={now.mayStop} />}
      {record.kind === "ok" && (
        <Arrived
          shown={record.value.total}
          total={now?.total}
          onShow={() => setRound((before) => before + 1)}
        />
      )}
      <LoadedPart state={reading}>
        {(found) => (
          <LoadedPart state={record}>{(results) => <Results record={results} reading={found} />}</LoadedPart>
        )}
      </LoadedPart>
    </PageFrame>
  );
}
