import { type Authority, type Call, type CallKind, dataClasses, parseAuthority } from "@narrowgate/authority";
import { type Label, readLabel } from "@narrowgate/contracts";
import {
  type JsonObject,
  type JsonValue,
  readArray,
  readEnum,
  readObject,
  readString,
} from "@narrowgate/kernel";
import type { DecisionRequest, EntityRecord, EntityRef } from "@narrowgate/policy";
import { isJsonObject } from "./json-object.ts";

/** A decision's request as its inputs rebuild it. */
export interface RebuiltRequest {
  readonly request: DecisionRequest;
  /** What is asked of a tool, resource or prompt, and what the token allows; absent for a mint. */
  readonly call?: {
    readonly call: Call;
    readonly authority: Authority;
    readonly scope?: readonly string[];
    readonly amount?: string;
  };
  readonly pin?: { readonly current: string; readonly approved: string };
  readonly labels?: RequestLabels;
}

/** Labels a decision knew (evidence.md E-29). A mint knows the first two. */
export interface RequestLabels {
  readonly transaction: Label;
  readonly instance: Label;
  readonly declared?: Label;
  readonly store?: Label;
}

const callKinds: readonly CallKind[] = ["tool", "resource", "prompt"];

function readRef(value: unknown, path: string): EntityRef {
  const sent = readObject(value, path, ["type", "id"]);
  return { type: readString(sent.type, `${path}/type`), id: readString(sent.id, `${path}/id`) };
}

function objectAt(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function readEntity(value: unknown, path: string): EntityRecord {
  const sent = readObject(value, path, ["uid", "attrs", "parents"]);
  const attrs: JsonObject = typeof sent.attrs === "object" && sent.attrs !== null ? { ...sent.attrs } : {};
  return {
    uid: readRef(sent.uid, `${path}/uid`),
    attrs,
    parents: readArray(sent.parents, `${path}/parents`, readRef, { max: 256 }),
  };
}

function readCall(value: JsonObject): Call {
  const sent = readObject(value, "/call", ["kind", "server", "name", "dataClass", "scope", "amount"]);
  return {
    kind: readEnum(sent.kind, "/call/kind", callKinds),
    server: readString(sent.server, "/call/server"),
    name: readString(sent.name, "/call/name"),
    dataClass: readEnum(sent.dataClass, "/call/dataClass", dataClasses),
  };
}

/** Scope tokens of the operation, with one blank between them; undefined when they are not among the inputs. */
function readScope({ scope }: JsonObject): { readonly scope?: readonly string[] } {
  if (scope === undefined) return {};
  const text = readString(scope, "/call/scope", { max: 65_536 });
  return { scope: text === "" ? [] : text.split(" ") };
}

/** Where the arguments say what the call moves. */
function readAmount({ amount }: JsonObject): { readonly amount?: string } {
  return amount === undefined ? {} : { amount: readString(amount, "/call/amount", { max: 256 }) };
}

/**
 * Reads a rebuilt request (evidence.md section 5).
 * Trust: attacker-controlled. Members the procedure does not read are refused, so nothing stands there unused.
 * @throws NarrowgateError `malformed_input`, `malformed_authority`
 */
export function readRequest(rebuilt: JsonObject): RebuiltRequest {
  const sent = readObject(rebuilt, "", [
    "principal",
    "action",
    "resource",
    "context",
    "entities",
    "authority",
    "call",
    "pin",
    "labels",
    "approvals",
    "overlays",
  ]);
  const request: DecisionRequest = {
    principal: readRef(sent.principal, "/principal"),
    action: readRef(sent.action, "/action"),
    resource: readRef(sent.resource, "/resource"),
    context: objectAt(rebuilt.context),
    entities:
      sent.entities === undefined ? [] : readArray(sent.entities, "/entities", readEntity, { max: 256 }),
  };
  const { call, pin, authority, labels } = rebuilt;
  return {
    request,
    ...(isJsonObject(call)
      ? {
          call: {
            call: readCall(call),
            authority: parseAuthority(authority),
            ...readScope(call),
            ...readAmount(call),
          },
        }
      : {}),
    ...(isJsonObject(pin) ? { pin: readPin(pin) } : {}),
    ...(isJsonObject(labels) ? { labels: readLabels(labels) } : {}),
  };
}

function readLabels(value: JsonObject): RequestLabels {
  const sent = readObject(value, "/labels", ["transaction", "instance", "declared", "store"]);
  const optional = (name: "declared" | "store"): Partial<RequestLabels> =>
    sent[name] === undefined ? {} : { [name]: readLabel(sent[name], `/labels/${name}`) };
  return {
    transaction: readLabel(sent.transaction, "/labels/transaction"),
    instance: readLabel(sent.instance, "/labels/instance"),
    ...optional("declared"),
    ...optional("store"),
  };
}

function readPin(value: JsonObject): { readonly current: string; readonly approved: string } {
  const sent = readObject(value, "/pin", ["current", "approved"]);
  return {
    current: readString(sent.current, "/pin/current"),
    approved: readString(sent.approved, "/pin/approved"),
  };
}
