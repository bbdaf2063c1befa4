import type { BundleEntry, InputItem } from "@narrowgate/contracts";
import { fromBase64url, fromUtf8, type JsonValue } from "@narrowgate/kernel";
import { visibleText } from "./visible-text.ts";

/** A disclosed input of a decision, and where it comes from. */
export interface InputRow {
  readonly path: string;
  /** JSON text. */
  readonly value: string;
  /** In words. */
  readonly from: string;
  /** Whether it is what the gate keeps between calls: labels, sums, signatures, entitlements. */
  readonly isKept: boolean;
}

/** JSON up to this many characters stands on one line. */
const MAX_LINE = 72;

/** JSON for a person: on one line where it is short, else a member to a line. */
export function shownJson(value: JsonValue): string {
  if (typeof value === "string") return visibleText(value);
  const line = JSON.stringify(value);
  return visibleText(line.length <= MAX_LINE ? line : JSON.stringify(value, undefined, 2));
}

/** A member of the opened content. */
export function contentOf({ openings }: BundleEntry, name: string): JsonValue | undefined {
  return openings?.content?.[name];
}

/** The value of a disclosed input; undefined when it is not disclosed. */
export function inputOf({ openings }: BundleEntry, path: string): JsonValue | undefined {
  const found = openings?.inputs?.find((item) => "path" in item && item.path === path);
  return found !== undefined && "value" in found ? found.value : undefined;
}

/** A member of a JSON object, when it is a text. */
export function textMember(value: JsonValue | undefined, name: string): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const member = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  return typeof member === "string" ? member : undefined;
}

/** Bytes that are opened as base64url, as text. */
export function bytesText(value: JsonValue | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return visibleText(fromUtf8(fromBase64url(value)));
  } catch {
    return "(not text)";
  }
}

function originOf(item: Extract<InputItem, { path: string }>): string {
  const { from } = item;
  if (from.by === "derived") return `follows from ${from.entry}`;
  return from.by === "signed" ? `signed, in ${from.part}` : "claimed by the gate";
}

const kept = /^\/(?:labels|spent|approvals|entitlements)(?:\/|$)/;

/** The disclosed inputs of a decision. */
export function inputRows({ openings }: BundleEntry): readonly InputRow[] {
  return (openings?.inputs ?? []).map((item) =>
    "path" in item
      ? {
          path: visibleText(item.path),
          value: shownJson(item.value),
          from: originOf(item),
          isKept: kept.test(item.path),
        }
      : { path: "(not disclosed)", value: item.commitment, from: "committed", isKept: false },
  );
}
