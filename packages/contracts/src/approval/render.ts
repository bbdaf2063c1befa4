import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import type { Label } from "../flow/label.ts";
import type { ApprovedAction } from "./action.ts";

/** One fact of an action, as a person reads it. */
export type RenderedRow = { readonly label: string; readonly value: string };

function pointer(path: string, name: string): string {
  return `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function leaves(value: JsonValue, path: string): RenderedRow[] {
  const members =
    typeof value !== "object" || value === null
      ? []
      : Array.isArray(value)
        ? value.map((item, i): [string, JsonValue] => [String(i), item])
        : Object.entries(value);
  if (members.length === 0) return [{ label: path, value: canonicalJson(value) }];
  return members.flatMap(([name, item]) => leaves(item, pointer(path, name)));
}

/** One row for each leaf value of an object, sorted by pointer; none for an empty one. */
export function leafRows(value: JsonObject): readonly RenderedRow[] {
  if (Object.keys(value).length === 0) return [];
  return leaves(value, "").sort((a, b) => (a.label < b.label ? -1 : 1));
}

function argumentRows(action: ApprovedAction): readonly RenderedRow[] {
  const rows = leafRows(action.arguments);
  return rows.length === 0 ? [{ label: "Arguments", value: "none" }] : rows;
}

/**
 * What a person is shown of an action (P-9): typed fields alone, no prose of an agent as the only description.
 * @param reason - the reason the policy gives, which its author wrote
 */
export function renderAction(action: ApprovedAction, reason: string, read: Label): readonly RenderedRow[] {
  const through = action.actors.length > 1 ? [{ label: "Through", value: action.actors.join(" > ") }] : [];
  return [
    { label: "Agent", value: action.agent },
    { label: "For", value: action.subject },
    ...through,
    { label: "Server", value: action.server },
    { label: "Operation", value: `${action.kind} ${action.name}` },
    { label: "Effect", value: `${action.effect}${action.egress ? " and sends data out" : ""}` },
    { label: "Data class", value: action.data_class },
    ...argumentRows(action),
    { label: "Asked because", value: reason },
    { label: "Read before", value: `${read.class}${read.untrusted ? ", untrusted content" : ""}` },
  ];
}

/** Digest of what was shown (P-4). */
export function renderedDigest(sha256: Sha256, rows: readonly RenderedRow[]): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/rendered/v1\n${canonicalJson([...rows])}`)));
}
