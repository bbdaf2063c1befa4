import type { ReactNode } from "react";
import type { InputRow } from "../view/opened-leaf.ts";

/** A value of more lines is put away behind its first one. */
const MAX_LINES = 8;

function Value({ value }: { readonly value: string }): ReactNode {
  const lines = value.split("\n").length;
  if (lines <= MAX_LINES) return <code>{value}</code>;
  return (
    <details>
      <summary>{lines} lines</summary>
      <code>{value}</code>
    </details>
  );
}

function Table(props: { readonly caption: string; readonly inputs: readonly InputRow[] }): ReactNode {
  const { caption, inputs } = props;
  return (
    <table className="cards inputs">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Input</th>
          <th scope="col">Value</th>
          <th scope="col">Provenance</th>
        </tr>
      </thead>
      <tbody>
        {inputs.map(({ path, value, from }) => (
          <tr key={path + value}>
            <th scope="row">
              <code>{path}</code>
            </th>
            <td data-label="Value">
              <Value value={value} />
            </td>
            <td data-label="Provenance">{from}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Every input of a decision; what the gate keeps between calls is put away behind one line. */
export function Inputs({ inputs }: { readonly inputs: readonly InputRow[] }): ReactNode {
  const kept = inputs.filter(({ isKept }) => isKept);
  return (
    <>
      <Table
        caption="Every input of the decision, and where it comes from"
        inputs={inputs.filter(({ isKept }) => !isKept)}
      />
      {kept.length > 0 && (
        <details>
          <summary>What the gate keeps between calls: {kept.length} inputs</summary>
          <Table
            caption="Labels, sums, signatures and entitlements, and where they come from"
            inputs={kept}
          />
        </details>
      )}
    </>
  );
}
