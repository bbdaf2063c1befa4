import { NarrowgateError } from "@narrowgate/kernel";

/** What a permit demands of whoever acts on it. Absent members demand nothing. @see docs/spec/evidence.md E-32 */
export interface Obligations {
  readonly capture?: "digest" | "full";
  readonly cap_rows?: number;
  /** JSON Pointers, sorted. */
  readonly redact_arguments?: readonly string[];
  readonly redact_result?: readonly string[];
}

/** What the annotations of one policy say. */
export interface PolicyNotes {
  readonly id: string;
  /** Text of `@reason`. */
  readonly reason: string | undefined;
  /** Of a `forbid`: the signatures that would lift it, `role#n`, sorted; empty = none would. */
  readonly approval: readonly string[];
  /** Of a `permit`. */
  readonly obligations: Obligations;
}

const maxReasonChars = 500;
const idForm = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a sentence must not hold
const controls = /[\u0000-\u001f\u007f-\u009f]/;
const pointerForm = /^(?:\/(?:[^~/,]|~[01])+)+$/u;
const requirementForm = /^[a-z]{1,32}#[1-9]$/;
const rowsForm = /^(?:0|[1-9][0-9]{0,8})$/;
const permitOnly = ["cap_rows", "capture", "redact_arguments", "redact_result"] as const;
const known: ReadonlySet<string> = new Set(["id", "reason", "approval", ...permitOnly]);

type Texts = ReadonlyMap<string, string>;

function refuse(message: string): never {
  throw new NarrowgateError("policy_invalid", message);
}

/** A misspelt obligation would be a demand nobody meets, so every name must be known. */
function readTexts(annotations: unknown): Texts {
  const entries = typeof annotations === "object" && annotations !== null ? Object.entries(annotations) : [];
  return new Map(
    entries.map(([name, value]: [string, unknown]) => {
      if (!known.has(name))
        refuse(`there is no annotation @${name}; known are ${[...known].sort().join(", ")}`);
      return [name, typeof value === "string" ? value : ""];
    }),
  );
}

function readId(texts: Texts): string {
  const id = texts.get("id") ?? "";
  if (id === "") refuse('a policy needs an @id("...") annotation');
  if (!idForm.test(id))
    refuse("an id is 1 to 128 letters, digits and . _ / -, beginning with a letter or digit");
  return id;
}

function readReason(texts: Texts): string | undefined {
  const reason = texts.get("reason") ?? "";
  if (reason === "") return undefined;
  if (reason.length > maxReasonChars || controls.test(reason)) {
    refuse(`a reason is one line of at most ${maxReasonChars} characters`);
  }
  return reason;
}

/** A list of items with commas between them, as a sorted set. */
function readItems(texts: Texts, name: string, form: RegExp, rule: string): readonly string[] {
  const text = texts.get(name);
  if (text === undefined) return [];
  const items = [...new Set(text.split(",").map((item) => item.trim()))].sort();
  if (items.length > 16 || !items.every((item) => form.test(item))) refuse(`@${name} is ${rule}`);
  return items;
}

function readPointers(texts: Texts, name: "redact_arguments" | "redact_result"): Obligations {
  const pointers = readItems(texts, name, pointerForm, "1 to 16 JSON Pointers with commas between them");
  return pointers.length === 0 ? {} : { [name]: pointers };
}

function readObligations(texts: Texts): Obligations {
  const capture = texts.get("capture");
  if (capture !== undefined && capture !== "digest" && capture !== "full")
    refuse("@capture is digest or full");
  const rows = texts.get("cap_rows");
  if (rows !== undefined && !rowsForm.test(rows))
    refuse("@cap_rows is a whole number of at most nine digits");
  return {
    ...(capture === undefined ? {} : { capture }),
    ...(rows === undefined ? {} : { cap_rows: Number(rows) }),
    ...readPointers(texts, "redact_arguments"),
    ...readPointers(texts, "redact_result"),
  };
}

/**
 * Reads the annotations of a policy; one that is not known, or stands with the wrong effect, is refused.
 * @throws NarrowgateError `policy_invalid`
 * @see docs/design/policy.md, What policies must have
 */
export function readAnnotations(annotations: unknown, effect: "permit" | "forbid"): PolicyNotes {
  const texts = readTexts(annotations);
  const misplaced = effect === "permit" ? ["approval"] : permitOnly;
  for (const name of misplaced) {
    if (texts.has(name)) refuse(`@${name} does not stand with a ${effect}`);
  }
  return {
    id: readId(texts),
    reason: readReason(texts),
    approval: readItems(
      texts,
      "approval",
      requirementForm,
      "1 to 16 of role#n with commas between them, as approver#1",
    ),
    obligations: readObligations(texts),
  };
}
