import { openedMember } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import type { OpenedEntry } from "../evidence/export/transaction-entries.ts";

/** What a version is compared by: the texts of its files, whatever these are called, and its schema. */
interface Seen {
  readonly files: string;
  readonly schema: string;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined when the bundle was erased. */
function seen({ openings }: OpenedEntry): Seen | undefined {
  const bundle = openedMember(openings.content, "bundle");
  if (!isObject(bundle) || !Array.isArray(bundle.files)) return undefined;
  const texts = bundle.files.map((file: JsonValue) => (isObject(file) ? (file.text ?? "") : ""));
  return { files: canonicalJson([...texts].sort()), schema: canonicalJson(bundle.schema ?? "") };
}

function causeOf(before: Seen | undefined, now: Seen): string {
  if (before === undefined) return "policies";
  if (before.files === now.files) return before.schema === now.schema ? "restated" : "definitions";
  return before.schema === now.schema ? "policies" : "both";
}

function digestOf({ leaf }: OpenedEntry): string | undefined {
  return leaf.type === "policy" ? leaf.body.digest : undefined;
}

/**
 * Why each version came into force: `first`, `policies`, `definitions` (tools were approved, so the schema is another),
 * `both`, or `restated`; and the earlier version that it equals, as after a roll-back.
 * @param versions - in the order in which they came into force
 */
export function policyCauses(versions: readonly OpenedEntry[]): readonly JsonObject[] {
  return versions.map((entry, i) => {
    const now = seen(entry);
    const before = versions[i - 1];
    const cause = i === 0 ? "first" : now && causeOf(before && seen(before), now);
    const same = versions.findIndex((other) => digestOf(other) === digestOf(entry));
    return {
      ...(cause === undefined ? {} : { cause }),
      ...(same < i ? { same_as: same + 1 } : {}),
    };
  });
}
