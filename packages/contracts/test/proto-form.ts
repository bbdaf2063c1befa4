import { readFileSync } from "node:fs";

/** What a value may be in the JSON mapping of Protocol Buffers, as far as the schemas beside this file use it. */
export type Form =
  | "string"
  | "bytes"
  | "struct"
  | { readonly list: Form }
  | { readonly map: Form }
  | { readonly message: Readonly<Record<string, Form>> };

type Messages = ReadonlyMap<string, string>;

const FIELD = /^(repeated )?(map<string, (\w+)>|[\w.]+) (\w+) = \d+(?: \[json_name = "(\w+)"\])?$/;

/** The body of each message of these files, by its name without the package. */
function messagesOf(files: readonly string[]): Messages {
  const texts = files.map((name) => readFileSync(new URL(`vendor/${name}`, import.meta.url), "utf8"));
  const bodies = texts.map((text) => text.replaceAll(/\/\/.*$/gm, ""));
  const found = bodies.flatMap((text) => [...text.matchAll(/message (\w+) \{([^}]*)\}/g)]);
  return new Map(found.map(([, name = "", body = ""]) => [name, body]));
}

function formOfType(messages: Messages, type: string): Form {
  if (type === "string" || type === "bytes") return type;
  return type === "google.protobuf.Struct" ? "struct" : formOf(messages, type.split(".").at(-1) ?? "");
}

function formOf(messages: Messages, name: string): Form {
  const body = messages.get(name);
  if (body === undefined) throw new RangeError(`no message ${name}`);
  const lines = body.split(";").map((line) => line.trim().replaceAll(/\s+/g, " "));
  const fields = lines.filter((line) => line !== "").map((line) => fieldOf(messages, line));
  return { message: Object.fromEntries(fields) };
}

function fieldOf(messages: Messages, line: string): readonly [string, Form] {
  const [, repeated, type = "", valueType, field = "", jsonName] = FIELD.exec(line) ?? [];
  if (type === "") throw new RangeError(`not a field: ${line}`);
  // What a schema calls `media_type` is `mediaType` in JSON, unless it says otherwise.
  const name = jsonName ?? field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (valueType !== undefined) return [name, { map: formOfType(messages, valueType) }];
  const form = formOfType(messages, type);
  return [name, repeated === undefined ? form : { list: form }];
}

/** The form of a message, read from the schema files that its publisher states it in. */
export function readForm(message: string, files: readonly string[]): Form {
  return formOf(messagesOf(files), message);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value has the form: no member that the schema does not know, and each of its type. */
export function fits(form: Form, value: unknown): boolean {
  if (form === "string") return typeof value === "string";
  if (form === "bytes")
    return typeof value === "string" && Buffer.from(value, "base64").toString("base64") === value;
  if (form === "struct") return isObject(value);
  if ("list" in form) return Array.isArray(value) && value.every((item) => fits(form.list, item));
  if (!isObject(value)) return false;
  return Object.entries(value).every(([name, item]) => {
    const known = "map" in form ? form.map : form.message[name];
    return known !== undefined && fits(known, item);
  });
}
