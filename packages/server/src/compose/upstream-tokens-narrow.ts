import {
  type Authority,
  compileAuthority,
  formatAuthority,
  hop,
  parseAuthority,
  parseRequestedAuthority,
} from "@narrowgate/authority";
import { gateCeiling } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { UpstreamCall } from "../gateway/index.ts";

/** What one call needs of an agent's authority, and the bounds it was cut by. */
export interface NarrowedCall {
  readonly granted: Authority;
  readonly requested: JsonObject;
  readonly ceiling: Authority;
}

const maxEquals = 1024;
const maxConstraints = 64;
const maxPointer = 256;

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectAt(detail: JsonObject, name: string): JsonObject {
  const value = detail[name];
  return isObject(value) ? value : {};
}

function isScalar(value: JsonValue): boolean {
  if (typeof value === "string") return value.length <= maxEquals;
  return value === null || typeof value === "boolean" || typeof value === "number";
}

/** Each plain argument of the call fixed to its value; what does not fit in a constraint stays as wide as it was. */
function constraintsOf(detail: JsonObject, args: JsonObject): JsonObject {
  const fixed: Record<string, JsonValue> = { ...objectAt(detail, "constraints") };
  for (const [name, value] of Object.entries(args)) {
    const pointer = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const fits = isScalar(value) && pointer.length > 1 && pointer.length <= maxPointer;
    const isRoomLeft = Object.keys(fixed).length < maxConstraints || Object.hasOwn(fixed, pointer);
    if (fits && isRoomLeft) fixed[pointer] = { equals: value };
  }
  return fixed;
}

function capsOf(detail: JsonObject): JsonObject {
  const held = objectAt(detail, "caps");
  const { calls } = held;
  return { ...held, calls: typeof calls === "number" ? Math.min(1, calls) : 1 };
}

/** The detail of an authority that covers a call, reduced to just that call. */
function oneCall(detail: JsonObject, { kind, name, arguments: args }: UpstreamCall): JsonObject {
  const once = { ...detail, caps: capsOf(detail) };
  if (kind === "resource") return { ...once, uris: { equals: name } };
  return { ...once, constraints: constraintsOf(detail, args) };
}

/**
 * Cuts what one call needs out of the authority of the agent's token. Two hops of the one function: the first finds the
 * detail that covers the call and may be handed on, the second grants that detail reduced to the call.
 * Trust: name and arguments are the agent's; the call was permitted.
 * @returns undefined when no detail that covers the call may be handed on (authority.md A-15)
 */
export function narrowToCall(call: UpstreamCall, issuer: string, atS: number): NarrowedCall | undefined {
  const { claims, server, kind, name, record } = call;
  const parent = parseAuthority({
    scope: claims.scope === "" ? [] : claims.scope.split(" "),
    resource: claims.ng.reach,
    authorization_details: claims.authorization_details,
  });
  const ceiling = parseAuthority(gateCeiling({ issuer, server: server.id, kind, record }));
  const bounds = {
    parent,
    actorCeiling: ceiling,
    clientCeiling: ceiling,
    mode: "rebind",
    resource: claims.aud,
    at: atS,
  } as const;
  const most = hop(bounds);
  if (most.kind === "refused") return undefined;
  const coverage = compileAuthority(most.authority).covers({
    kind,
    server: server.id,
    name,
    arguments: call.arguments,
    dataClass: record.dataClass,
  });
  if (coverage.kind === "outside") return undefined;
  const { authorization_details: details, ...rest } = formatAuthority(most.authority);
  const detail = Array.isArray(details) ? details[coverage.detail] : undefined;
  if (!isObject(detail)) return undefined;
  const requested = { ...rest, authorization_details: [oneCall(detail, call)] };
  const result = hop({ ...bounds, requested: parseRequestedAuthority(requested) });
  return result.kind === "refused" ? undefined : { granted: result.authority, requested, ceiling };
}
