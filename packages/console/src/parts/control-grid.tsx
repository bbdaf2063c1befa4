import type { MouseEvent, ReactNode } from "react";
import type { ControlFamily, ControlRow } from "../view/control-rows.ts";
import { VERDICT_LOOKS } from "../view/verdicts.ts";

/** Id of the part of the page that tells of a control. */
export function controlAnchor(id: string): string {
  return `control-${id}`;
}

/** Opens the part that tells of a control, and takes the reader there. */
function showControl(event: MouseEvent<HTMLAnchorElement>, id: string): void {
  const part = document.getElementById(controlAnchor(id));
  if (!(part instanceof HTMLDetailsElement)) return;
  event.preventDefault();
  part.open = true;
  part.scrollIntoView({ block: "start" });
  part.querySelector("summary")?.focus();
}

function Cell({ control }: { readonly control: ControlRow }): ReactNode {
  const { row, result, isBlocking, isInProfile, waivedFor } = control;
  const { mark, words } = VERDICT_LOOKS[result?.verdict ?? "not_established"];
  const also = [
    ...(isBlocking ? ["keeps a release back"] : []),
    ...(waivedFor === undefined ? [] : ["waived"]),
    ...(isInProfile ? [] : ["not counted by the profile"]),
  ];
  const told = [`${row.title}: ${words}`, ...also].join(", ");
  const classes = [
    "cell",
    `v-${result?.verdict ?? "not_established"}`,
    ...(isBlocking ? ["is-blocking"] : []),
    ...(isInProfile ? [] : ["is-outside"]),
  ];
  return (
    <li>
      <a
        href={`#${controlAnchor(row.id)}`}
        className={classes.join(" ")}
        title={told}
        onClick={(event) => showControl(event, row.id)}
      >
        <span aria-hidden="true" className="cell-mark">
          {waivedFor === undefined ? mark : "w"}
        </span>
        {row.id}
        <span className="visually-hidden">: {told}</span>
      </a>
    </li>
  );
}

/** All controls at a glance, a row for each family; each leads to what it found. */
export function ControlGrid({ families }: { readonly families: readonly ControlFamily[] }): ReactNode {
  return (
    <div className="control-grid">
      {families.map(({ key, name, controls }) => (
        <div key={key} className="family">
          <h3 id={`family-${key}`}>{name}</h3>
          <ul className="cells" aria-labelledby={`family-${key}`}>
            {controls.map((control) => (
              <Cell key={control.row.id} control={control} />
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}
