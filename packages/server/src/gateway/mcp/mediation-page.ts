import { type Direction, type MediationRow, mediationTable } from "./mediation-table.ts";

const legend = `# What the gate does with each message

Written from the table in the gateway; do not edit. A method that is not here is refused. *Eras*: **modern** is protocol 2026-07-28, **earlier** is what opens with \`initialize\`.

| treatment | meaning |
|---|---|
| decided | one operation: registration, pin, authority, policy; recorded before it is forwarded |
| listed | recorded, forwarded, and the answer reduced to what the token may know of |
| answered | by the gate itself |
| mapped | passed, with ids exchanged |
| dropped | taken and not passed on |
| refused | answered with an error (-32601) |
`;

function section(direction: Direction): string {
  const rows = mediationTable.filter((row) => row.direction === direction).map(formatRow);
  const title =
    direction === "client to server" ? "From the client to the server" : "From the server to the client";
  return [
    `## ${title}`,
    "",
    "| method | kind | eras | treatment | why |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function formatRow({ method, kind, eras, treatment, why }: MediationRow): string {
  return `| \`${method}\` | ${kind} | ${eras} | ${treatment} | ${why} |`;
}

/** The reference page of the mediation table: the page cannot say anything the gate does not do. */
export function mediationPage(): string {
  return [legend, section("client to server"), section("server to client")].join("\n");
}
