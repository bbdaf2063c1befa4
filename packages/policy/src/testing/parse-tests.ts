import {
  type JsonObject,
  NarrowgateError,
  readArray,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import type { Obligations } from "../read-annotations.ts";
import type { RegisteredTool } from "../registry-schema.ts";

/** An entity as a case names it; `attrs` make one up, or change one of the registry. */
export interface NamedEntity {
  /** Absent: what the action takes. */
  readonly type?: string;
  readonly id: string;
  readonly attrs?: JsonObject;
}

/** What a decision must be; what is absent is not compared. */
export interface Expectation {
  readonly verdict: "allow" | "deny";
  readonly code?: string;
  readonly policies?: readonly string[];
  readonly requires?: readonly string[];
  readonly obligations?: Obligations;
}

/** One case: only what matters is written. */
export interface PolicyCase {
  readonly name: string;
  readonly principal: NamedEntity;
  readonly action: string;
  readonly resource: NamedEntity;
  readonly context: JsonObject;
  readonly expected: Expectation;
}

/** A file of cases. */
export interface PolicyTests {
  readonly file: string;
  /** Input schemas the cases take for granted where no definition is pinned yet. */
  readonly definitions: readonly RegisteredTool[];
  readonly cases: readonly PolicyCase[];
}

const MAX_CASES = 4096;
const members = [
  "name",
  "principal",
  "action",
  "resource",
  "context",
  "expect",
  "code",
  "policies",
  "requires",
  "obligations",
] as const;

function readJsonObject(value: unknown, path: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NarrowgateError("malformed_input", `${path}: must be an object`);
  return { ...value };
}

function readText(value: unknown, path: string): string {
  return readString(value, path, { min: 1, max: 1024 });
}

function readEntity(value: unknown, path: string): NamedEntity {
  if (typeof value === "string") return { id: readText(value, path) };
  const sent = readObject(value, path, ["type", "id", "attrs"]);
  const type = readOptional(sent.type, (text) => readText(text, `${path}/type`));
  const attrs = readOptional(sent.attrs, (object) => readJsonObject(object, `${path}/attrs`));
  return {
    id: readText(sent.id, `${path}/id`),
    ...(type === undefined ? {} : { type }),
    ...(attrs === undefined ? {} : { attrs }),
  };
}

function readTexts(value: unknown, path: string): readonly string[] {
  return readArray(value, path, readText, { max: 64 }).sort();
}

function readObligations(value: unknown, path: string): Obligations {
  const sent = readObject(value, path, ["capture", "cap_rows", "redact_arguments", "redact_result"]);
  const capture = readOptional(sent.capture, (text) =>
    readEnum<"digest" | "full">(text, `${path}/capture`, ["digest", "full"]),
  );
  const rows = readOptional(sent.cap_rows, (count) => readInteger(count, `${path}/cap_rows`));
  const redacted = (name: "redact_arguments" | "redact_result"): Obligations => {
    const paths = readOptional(sent[name], (list) => readTexts(list, `${path}/${name}`));
    return paths === undefined ? {} : { [name]: paths };
  };
  return {
    ...(capture === undefined ? {} : { capture }),
    ...(rows === undefined ? {} : { cap_rows: rows }),
    ...redacted("redact_arguments"),
    ...redacted("redact_result"),
  };
}

function readCase(value: unknown, path: string): PolicyCase {
  const sent = readObject(value, path, members);
  const code = readOptional(sent.code, (text) => readText(text, `${path}/code`));
  const policies = readOptional(sent.policies, (list) => readTexts(list, `${path}/policies`));
  const requires = readOptional(sent.requires, (list) => readTexts(list, `${path}/requires`));
  const obligations = readOptional(sent.obligations, (demands) =>
    readObligations(demands, `${path}/obligations`),
  );
  return {
    name: readText(sent.name, `${path}/name`),
    principal: readEntity(sent.principal, `${path}/principal`),
    action: readText(sent.action, `${path}/action`),
    resource: readEntity(sent.resource, `${path}/resource`),
    context: readOptional(sent.context, (over) => readJsonObject(over, `${path}/context`)) ?? {},
    expected: {
      verdict: readEnum(sent.expect, `${path}/expect`, ["allow", "deny"]),
      ...(code === undefined ? {} : { code }),
      ...(policies === undefined ? {} : { policies }),
      ...(requires === undefined ? {} : { requires }),
      ...(obligations === undefined ? {} : { obligations }),
    },
  };
}

function readDefinition(value: unknown, path: string): RegisteredTool {
  const sent = readObject(value, path, ["server", "name", "input_schema"]);
  return {
    server: readText(sent.server, `${path}/server`),
    name: readText(sent.name, `${path}/name`),
    inputSchema: readJsonObject(sent.input_schema, `${path}/input_schema`),
  };
}

/**
 * Reads a file of policy tests, `*.cedartest.yaml`, out of the value its YAML stands for.
 * Trust: an operator's. Unknown members are refused, since a misspelt expectation expects nothing.
 * @param file - name for messages
 * @throws NarrowgateError `malformed_input` naming file and path
 * @see docs/design/policy.md, Tests of policies
 */
export function parsePolicyTests(value: unknown, file: string): PolicyTests {
  const sent = readObject(value, file, ["definitions", "cases"]);
  const definitions = readOptional(sent.definitions, (list) =>
    readArray(list, `${file}/definitions`, readDefinition, { max: MAX_CASES }),
  );
  const cases = readArray(sent.cases, `${file}/cases`, readCase, { min: 1, max: MAX_CASES });
  const names = new Set<string>();
  for (const { name } of cases) {
    if (names.has(name)) throw new NarrowgateError("malformed_input", `${file}: two cases are named ${name}`);
    names.add(name);
  }
  return { file, definitions: definitions ?? [], cases };
}
