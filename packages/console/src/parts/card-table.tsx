import type { ReactNode } from "react";

/** Names of columns; a number stands at the end of its cell. */
export type Column = string | { readonly number: string };

/** A table that becomes cards on a narrow screen: give each cell its column as `data-label`. */
export function CardTable(props: {
  /** For readers; a page shows its heading. */
  readonly caption: string;
  readonly columns: readonly Column[];
  /** Rows. */
  readonly children: ReactNode;
}): ReactNode {
  return (
    <table className="cards">
      <caption className="visually-hidden">{props.caption}</caption>
      <thead>
        <tr>
          {props.columns.map((column) =>
            typeof column === "string" ? (
              <th key={column} scope="col">
                {column}
              </th>
            ) : (
              <th key={column.number} scope="col" className="number">
                {column.number}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>{props.children}</tbody>
    </table>
  );
}
