import type { DrillLine, Evaluation, WaiverLine } from "@narrowgate/contracts";
import { type ReactNode, useMemo } from "react";
import type { Reading } from "../api/assurance.ts";
import { controlFamilies, type Judged } from "../view/control-rows.ts";
import { counted } from "../view/counted.ts";
import { shownTime } from "../view/shown-time.ts";
import { spanWords } from "../view/span-words.ts";
import { visibleText } from "../view/visible-text.ts";
import { ControlGrid } from "./control-grid.tsx";
import { ControlSheet } from "./control-sheet.tsx";
import { EntryLink } from "./entry-link.tsx";
import { VerdictLegend } from "./verdict-mark.tsx";

/** Whether a release may go out on it, in one sentence. */
export function ReadyPanel(props: {
  readonly evaluation: Evaluation;
  readonly entry?: { readonly entry: string; readonly index: number } | undefined;
  readonly profile: string;
}): ReactNode {
  const { evaluation, entry, profile } = props;
  const { verdict, blocking, at, log, results } = evaluation;
  const isReady = verdict === "ready";
  const age = Math.max(0, Math.floor((Date.now() - at) / 1000));
  return (
    <div className={`verdict verdict-${isReady ? "verified" : "open"}`} data-testid="readiness">
      <p className="verdict-word">
        {isReady ? "Ready" : "Not ready"} under the profile {visibleText(profile)}
      </p>
      <p>
        {isReady
          ? "Nothing that the profile counts keeps a release back."
          : `${counted(blocking.length, "control")} of ${results.length} ${blocking.length === 1 ? "keeps" : "keep"} a release back.`}{" "}
        Evaluated {shownTime(at)}, {spanWords(age)} ago, over the {counted(log.size, "entry", "entries")} of
        the log before it
        {entry !== undefined && (
          <>
            {" "}
            (<EntryLink entry={entry.entry} index={entry.index} />)
          </>
        )}
        .
      </p>
      {evaluation.note !== undefined && <p>{visibleText(evaluation.note)}</p>}
    </div>
  );
}

/** All controls of an evaluation at a glance, and each one told. */
export function EvaluationPart(props: {
  readonly reading: Reading;
  readonly judged: Judged;
  /** Controls that count; absent where the profile is not known. */
  readonly inProfile?: readonly string[];
  readonly drills?: readonly DrillLine[];
  readonly waivers?: readonly WaiverLine[];
}): ReactNode {
  const { reading, judged, inProfile, drills = [], waivers = [] } = props;
  const families = useMemo(
    () => controlFamilies(reading.catalogue, judged, inProfile),
    [reading, judged, inProfile],
  );
  const around = { reading, drills, waivers };
  const firstBlocking = judged.blocking[0];
  return (
    <>
      <VerdictLegend results={judged.results} />
      <ControlGrid families={families} />
      {families.map(({ key, name, controls }) => (
        <section key={key} aria-label={name} className="family-sheets">
          <h3>{name}</h3>
          {controls.map((control) => (
            <ControlSheet
              key={control.row.id}
              control={control}
              around={around}
              isOpen={control.row.id === firstBlocking}
            />
          ))}
        </section>
      ))}
    </>
  );
}
