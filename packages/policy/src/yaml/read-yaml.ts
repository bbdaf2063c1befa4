import { type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import {
  type Document,
  isAlias,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";

const MAX_BYTES = 64 * 1024 * 1024;
const PLAIN_TAGS = new Set([
  ...["map", "seq", "str", "int", "float", "bool", "null"].map((name) => `tag:yaml.org,2002:${name}`),
  "!",
]);

function refuse(message: string): never {
  throw new NarrowgateError("malformed_input", message);
}

function firstProblem(problems: readonly YAMLError[], lines: LineCounter, file: string): void {
  const [first] = problems;
  if (first === undefined) return;
  const { line, col } = lines.linePos(first.pos[0]);
  // The parser's long message quotes the file, which may hold what should not be there; the first line does not.
  refuse(`${file}:${line}:${col}: ${(first.message.split("\n")[0] ?? "").replace(/ at line \d+.*$/, "")}`);
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

/** What makes a file mean more than it shows: aliases and anchors, tags, keys that are no text, odd numbers. */
function refuseTricks(document: Document, lines: LineCounter, file: string): void {
  const at = (node: unknown): string => {
    const range = isNode(node) ? node.range : undefined;
    const { line, col } = lines.linePos(range?.[0] ?? 0);
    return `${file}:${line}:${col}`;
  };
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) refuse(`${at(node)}: aliases are not taken; write it out`);
      if ("anchor" in node && node.anchor !== undefined)
        refuse(`${at(node)}: anchors are not taken; write it out`);
      if (node.tag !== undefined && !PLAIN_TAGS.has(node.tag)) refuse(`${at(node)}: tags are not taken`);
      if (isScalar(node) && typeof node.value === "number" && !isExact(node.value))
        refuse(`${at(node)}: that number cannot be kept exactly`);
    },
    Pair(_, { key }) {
      if (!isScalar(key) || typeof key.value !== "string") refuse(`${at(key)}: a key must be text`);
      if (key.value === "__proto__") refuse(`${at(key)}: that name is not taken`);
    },
  });
}

/**
 * Reads a YAML file (version 1.2, core schema) so that it can mean one thing only.
 * Refused: duplicate keys, aliases and anchors, tags, merge keys by their meaning, several documents, numbers that
 * cannot be kept.
 * @param file - name for messages
 * @throws `malformed_input` naming file, line and column; `request_too_large` above 64 MiB
 */
export function readYaml(text: string, file: string): JsonValue {
  if (text.length > MAX_BYTES) throw new NarrowgateError("request_too_large", `${file} is too large`);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    strict: true,
    uniqueKeys: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  firstProblem(document.errors, lines, file);
  firstProblem(document.warnings, lines, file);
  refuseTricks(document, lines, file);
  const value: JsonValue = document.toJS({ maxAliasCount: 0 });
  return value;
}
