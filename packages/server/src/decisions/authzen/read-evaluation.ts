import {
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  parseStrictJson,
  readEnum,
  readString,
} from "@narrowgate/kernel";

/** Somebody or something an evaluation is about, as the asking system names it. */
export interface EntityAsked {
  readonly type: string;
  readonly id: string;
  readonly properties: JsonObject;
}

/** One question: may this subject do this to that resource? */
export interface Evaluation {
  readonly subject: EntityAsked;
  readonly action: { readonly name: string; readonly properties: JsonObject };
  readonly resource: EntityAsked;
  readonly context: JsonObject;
}

/** A question that can be asked, or what is wrong with it. */
export type ReadEvaluation = Evaluation | { readonly fault: string };

/** Whether, and after which decision, the rest is not decided any more. */
export type Semantic = "execute_all" | "deny_on_first_deny" | "permit_on_first_permit";

/** Several questions in one request. */
export interface EvaluationList {
  readonly items: readonly ReadEvaluation[];
  readonly semantic: Semantic;
}

/** Questions in one request, at most. */
export const MAX_EVALUATIONS = 64;

const maxNameChars = 256;
const maxIdChars = 1024;
const members = ["subject", "action", "resource", "context"] as const;
const semantics: readonly Semantic[] = ["execute_all", "deny_on_first_deny", "permit_on_first_permit"];

function refuse(path: string, rule: string): never {
  throw new NarrowgateError("malformed_input", `${path === "" ? "the body" : path}: ${rule}`);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Members that are not known here are left aside, as the standard asks. */
function objectAt(value: JsonValue | undefined, path: string): JsonObject {
  if (value === undefined) refuse(path, "is missing");
  return isObject(value) ? value : refuse(path, "must be an object");
}

function optionalObject(value: JsonValue | undefined, path: string): JsonObject {
  return value === undefined ? {} : objectAt(value, path);
}

function textAt(value: JsonValue | undefined, path: string, max: number): string {
  if (value === undefined) refuse(path, "is missing");
  const text = readString(value, path, { min: 1, max });
  return text.isWellFormed() ? text : refuse(path, "holds a lone surrogate");
}

function entityAt(value: JsonValue | undefined, path: string): EntityAsked {
  const sent = objectAt(value, path);
  return {
    type: textAt(sent["type"], `${path}/type`, maxNameChars),
    id: textAt(sent["id"], `${path}/id`, maxIdChars),
    properties: optionalObject(sent["properties"], `${path}/properties`),
  };
}

function actionAt(value: JsonValue | undefined, path: string): Evaluation["action"] {
  const sent = objectAt(value, path);
  return {
    name: textAt(sent["name"], `${path}/name`, maxNameChars),
    properties: optionalObject(sent["properties"], `${path}/properties`),
  };
}

function evaluationAt(sent: JsonObject, path: string): Evaluation {
  return {
    subject: entityAt(sent["subject"], `${path}/subject`),
    action: actionAt(sent["action"], `${path}/action`),
    resource: entityAt(sent["resource"], `${path}/resource`),
    context: optionalObject(sent["context"], `${path}/context`),
  };
}

/** A member of the request as a whole stands for each question that lacks it, whole and never in part. */
function withDefaults(sent: JsonObject, defaults: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = {};
  for (const name of members) {
    const value = sent[name] ?? defaults[name];
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}

function itemAt(item: JsonValue, defaults: JsonObject, path: string): ReadEvaluation {
  try {
    return evaluationAt(withDefaults(objectAt(item, path), defaults), path);
  } catch (error) {
    if (!(error instanceof NarrowgateError) || error.code !== "malformed_input") throw error;
    return { fault: error.publicMessage };
  }
}

function bodyOf(body: Uint8Array): JsonObject {
  return objectAt(parseStrictJson(body, { maxDepth: 16 }), "");
}

/**
 * Reads the body of a request with one question.
 * Trust: attacker-controlled; of bounded size.
 * @throws NarrowgateError `malformed_input` naming the path
 * @see AuthZEN Authorization API 1.0, Access Evaluation API
 */
export function readEvaluation(body: Uint8Array): Evaluation {
  return evaluationAt(bodyOf(body), "");
}

/**
 * Reads the body of a request with several questions. Without any it is a request with one. A question that is not in form
 * does not spoil the others.
 * Trust: as above.
 * @throws NarrowgateError `malformed_input`
 * @see AuthZEN Authorization API 1.0, Access Evaluations API
 */
export function readEvaluations(body: Uint8Array): Evaluation | EvaluationList {
  const sent = bodyOf(body);
  const list = sent["evaluations"];
  if (list !== undefined && !Array.isArray(list)) refuse("/evaluations", "must be a list");
  if (list === undefined || list.length === 0) return evaluationAt(sent, "");
  if (list.length > MAX_EVALUATIONS) refuse("/evaluations", `has at most ${MAX_EVALUATIONS} members`);
  const asked = optionalObject(sent["options"], "/options")["evaluations_semantic"];
  const path = "/options/evaluations_semantic";
  return {
    items: list.map((item: JsonValue, i) => itemAt(item, sent, `/evaluations/${i}`)),
    semantic: asked === undefined ? "execute_all" : readEnum(asked, path, semantics),
  };
}
