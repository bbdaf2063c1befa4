import type { DrillRun, DrillStanding, LoadPoint } from "@narrowgate/contracts";
import { type ReactNode, useId, useRef, useState } from "react";
import { stopDrills } from "../api/assurance.ts";
import { Link } from "../routing/link.tsx";
import { readinessPath } from "../routing/route.ts";
import { counted } from "../view/counted.ts";
import { endedDrills, runWords, standingLook } from "../view/run-words.ts";
import { shownTime } from "../view/shown-time.ts";
import { spanWords } from "../view/span-words.ts";
import { visibleText } from "../view/visible-text.ts";
import { Fact, FactList } from "./fact-list.tsx";
import { LineChart } from "./line-chart.tsx";
import { Section } from "./loaded-part.tsx";

const TITLES: Readonly<Record<DrillRun["state"], string>> = {
  running: "Running now",
  stopping: "Stopping",
  over: "The last run",
  silent: "The last run",
};

/** Asks once more before drills end early. */
function Stop({ run }: { readonly run: string }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const title = useId();
  const stop = async (): Promise<void> => {
    setBusy(true);
    setProblem(await stopDrills(run));
    setBusy(false);
    dialog.current?.close();
  };
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Stop the drills
      </button>
      <p role="alert" className="failure">
        {problem}
      </p>
      <dialog ref={dialog} aria-labelledby={title}>
        <h3 id={title}>Stop the drills?</h3>
        <p>
          What has ended stays on record. The drill under way is recorded as not established, and those to
          come are not run.
        </p>
        <p className="actions">
          {/* ORDER: what changes nothing comes first, for there the focus is when the question opens. */}
          <button type="button" className="plain" disabled={isBusy} onClick={() => dialog.current?.close()}>
            Let them run
          </button>
          <button type="button" disabled={isBusy} onClick={() => void stop()}>
            Yes, stop them
          </button>
        </p>
      </dialog>
    </>
  );
}

function Standing({ standing }: { readonly standing: DrillStanding }): ReactNode {
  const { drill, name, load, trials, failures, elapsedMs } = standing;
  const { style, mark, words } = standingLook(standing);
  const tried = `${counted(trials, "trial")}, ${counted(failures, "failure")}`;
  return (
    <li>
      <span className={`cell ${style}`}>
        <span aria-hidden="true" className="cell-mark">
          {mark}
        </span>
        <span>
          {visibleText(drill)} <span className="cell-words">{words}</span>
          {name !== undefined && <span className="cell-more">{visibleText(name)}</span>}
          {trials > 0 && <span className="cell-more">{tried}</span>}
          {standing.state === "running" && (
            <span className="cell-more">
              {spanWords(Math.floor(elapsedMs / 1000))} at {visibleText(load)}
            </span>
          )}
        </span>
      </span>
    </li>
  );
}

function valuesOf(points: readonly LoadPoint[], of: (point: LoadPoint) => number | undefined) {
  return points.map((point) => ({ atMs: point.atMs, value: of(point) }));
}

function Charts({ points }: Pick<DrillRun, "points">): ReactNode {
  const calls = valuesOf(points, ({ callsPerS }) => callsPerS);
  return (
    <div className="charts">
      <LineChart
        title="Governed calls a second"
        unit="a second"
        lines={[{ name: "Governed calls a second", points: calls }]}
      />
      <LineChart
        title="How long they take"
        unit="ms"
        lines={[
          { name: "99 of 100 within", points: valuesOf(points, ({ p99Ms }) => p99Ms) },
          { name: "half within", points: valuesOf(points, ({ p50Ms }) => p50Ms) },
        ]}
      />
    </div>
  );
}

function Facts({ run }: { readonly run: DrillRun }): ReactNode {
  const { by, beganMs, heardMs, calls, agent, stoppedBy, trouble } = run;
  const facts = [
    ["Started by", visibleText(by)],
    ["Began", shownTime(beganMs)],
    ["Takes", spanWords(Math.floor((heardMs - beganMs) / 1000))],
    ["Governed calls beside them", String(calls)],
    ...(stoppedBy === undefined ? [] : [["Stopped by", visibleText(stoppedBy)] as const]),
    ...(trouble === undefined ? [] : [["The driver said", visibleText(trouble)] as const]),
  ] as const;
  return (
    <FactList facts={facts}>
      {agent !== undefined && (
        <Fact label="Whose release">
          <Link to={readinessPath(agent)}>{visibleText(agent)}</Link>
        </Fact>
      )}
    </FactList>
  );
}

/** The drills that run, as whoever runs them tells; of those that are over, how they went. */
export function LiveRun(props: { readonly run: DrillRun; readonly mayStop: boolean }): ReactNode {
  const { run, mayStop } = props;
  const { state, drills, points } = run;
  const label = useId();
  return (
    <Section title={TITLES[state]}>
      <p role="status" id={label}>
        {state === "silent" && "Nothing was heard of it for a while: whoever runs it may be gone. "}
        {state === "stopping" && "It ends as soon as whoever runs it hears of it. "}
        {runWords(run)}
      </p>
      <progress
        className="run-progress"
        max={drills.length}
        value={endedDrills(run).length}
        aria-labelledby={label}
      />
      {state === "running" && mayStop && <Stop run={run.run} />}
      {points.length > 0 && <Charts points={points} />}
      <ol className="cells run-drills">
        {drills.map((standing) => (
          <Standing key={`${standing.drill} ${standing.load}`} standing={standing} />
        ))}
      </ol>
      <Facts run={run} />
      <p className="quiet">
        Told by whoever runs them, and kept nowhere: what counts is the signed result of each, on record
        below.
      </p>
    </Section>
  );
}
