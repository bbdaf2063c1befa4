import type { ErrorCode } from "@narrowgate/contracts";
import {
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import type { JsonAnswer } from "../platform/http/json-answer.ts";
import { errorAnswer } from "../platform/http/json-answer.ts";
import type { Refused } from "./ports/registry-port.ts";
import type { AdminRequest } from "./route.ts";

/** A parameter of the path; the route guarantees that it is there. */
export function param({ params }: AdminRequest, name: string): string {
  const value = params.get(name);
  if (value === undefined)
    throw new NarrowgateError("internal_error", "internal error", { detail: `no ${name}` });
  return value;
}

/** One sentence of an operator, on one line. @throws NarrowgateError `malformed_input` */
export function readSentence(value: unknown, path: string): string {
  return readString(value, path, { min: 1, max: 512, pattern: /^[^\p{Cc}]+$/u });
}

/** The reason in a body of nothing else. @throws NarrowgateError `malformed_input` */
export function readReason({ body }: AdminRequest): string {
  const { reason } = readObject(body, "", ["reason"]);
  return readSentence(reason, "/reason");
}

/** A JSON object; a copy of the strict parser's. @throws NarrowgateError `malformed_input` */
export function readJsonObject(value: unknown, path: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw new NarrowgateError("malformed_input", `${path}: must be an object`);
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number of a query, in decimal. @throws NarrowgateError `malformed_input` */
export function readCount(
  { query }: AdminRequest,
  name: string,
  range: { readonly min: number; readonly max: number; readonly absent: number },
): number {
  const text = readOptional(query.get(name), (value) =>
    readString(value, `?${name}`, { pattern: /^\d{1,15}$/ }),
  );
  return text === undefined ? range.absent : readInteger(Number(text), `?${name}`, range);
}

/** Items after the one named in `?after=`, at most `?limit=` of them, and where to go on. */
export function pageOf<T>(
  request: AdminRequest,
  items: readonly T[],
  keyOf: (item: T) => string,
): { readonly items: readonly T[]; readonly next?: string } {
  const after = request.query.get("after");
  const limit = readCount(request, "limit", { min: 1, max: 1000, absent: 100 });
  const sorted = items.filter((item) => after === undefined || keyOf(item) > after);
  sorted.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const page = sorted.slice(0, limit);
  const last = page.at(-1);
  return last !== undefined && sorted.length > limit ? { items: page, next: keyOf(last) } : { items: page };
}

/** A page as JSON. */
export function pageJson(
  name: string,
  page: { readonly items: readonly JsonValue[]; readonly next?: string },
): JsonObject {
  return { [name]: page.items, ...(page.next === undefined ? {} : { next: page.next }) };
}

/** The answer to a refusal with reasons: the code of the first, and all of them. */
export function refusedAnswer({ problems }: Refused): JsonAnswer {
  const [first] = problems;
  const code: ErrorCode = first?.code ?? "malformed_input";
  const message = first === undefined ? undefined : `${first.path}: ${first.message}`;
  return errorAnswer(code, message, { problems: problems.map((problem) => ({ ...problem })) });
}
