import type { PolicyDifference } from "@narrowgate/policy/analysis";
import type { ReactNode } from "react";
import type { PolicySheet } from "../looking-ahead/messages.ts";
import { visibleText } from "../view/visible-text.ts";

function Sheet({ sheet }: { readonly sheet: PolicySheet }): ReactNode {
  const { id, effect, reason, demands, text } = sheet;
  return (
    <li className={`event is-${effect === "permit" ? "permit" : "refuse"}`}>
      <h3 className="policy-id">{visibleText(id)}</h3>
      <p>
        <span className={`badge decision-${effect === "permit" ? "permit" : "refuse"}`}>{effect}</span>{" "}
        {reason === undefined ? "" : visibleText(reason)}
      </p>
      {demands.length > 0 && (
        <ul>
          {demands.map((demand) => (
            <li key={demand}>{visibleText(demand)}</li>
          ))}
        </ul>
      )}
      <details>
        <summary>Text of {visibleText(id)}</summary>
        <code className="block">{visibleText(text)}</code>
      </details>
    </li>
  );
}

/** Policies by id, each with what its annotations say. */
export function PolicySheets({ policies }: { readonly policies: readonly PolicySheet[] }): ReactNode {
  if (policies.length === 0) return <p>There is no policy in it, so nothing is allowed.</p>;
  return (
    <ul className="timeline">
      {policies.map((sheet) => (
        <Sheet key={sheet.id} sheet={sheet} />
      ))}
    </ul>
  );
}

function TextOf({ label, text }: { readonly label: string; readonly text: string | undefined }): ReactNode {
  if (text === undefined) return null;
  return (
    <>
      <p className="quiet">{label}</p>
      <code className="block">{visibleText(text)}</code>
    </>
  );
}

/** Policies that are new, changed or end, each with both texts. */
export function PolicyDifferences({
  differences,
}: {
  readonly differences: readonly PolicyDifference[];
}): ReactNode {
  if (differences.length === 0) return <p>The same policies.</p>;
  return (
    <ul className="timeline">
      {differences.map(({ id, before, after }) => (
        <li key={id} className="event">
          <details>
            <summary>
              <strong>{before === undefined ? "new" : after === undefined ? "ends" : "changed"}</strong>:{" "}
              {visibleText(id)}
            </summary>
            <TextOf label="Before" text={before} />
            <TextOf label="After" text={after} />
          </details>
        </li>
      ))}
    </ul>
  );
}
