import {
  type Authority,
  type AuthorityParts,
  hop,
  normalise,
  parseAuthority,
  parseRequestedAuthority,
} from "@narrowgate/authority";
import type { AgentRecord } from "@narrowgate/contracts";
import {
  isNarrowgateError,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  readArray,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import type { PortRefusal } from "./ports.ts";

/** The one parameter under which the provider carries what is ours. No client may send it. */
export const ASKED_PARAMETER = "narrowgate_asked";
/** The provider's word for a consent to something of ours; what it is stands in {@link ASKED_PARAMETER}. */
export const MANDATE_SCOPE = "mandate";

const MAX_ASKED_BYTES = 24 * 1024;
const OWN = ["scope", "authorization_details", "purpose", "case", "dpop_jkt"] as const;
/** How a client proves itself is looked at before, at our own door. */
const CREDENTIALS = new Set(["client_assertion", "client_assertion_type"]);
/** Scopes that mean something to the provider. */
const PROVIDER_SCOPES = new Set(["openid", "offline_access"]);
const sentence = { min: 1, max: 300, pattern: /^[^\p{C}\p{Zl}\p{Zp}]+$/u };
const caseId = { min: 1, max: 256, pattern: /^[\x21-\x7e]+$/ };
const digest = { min: 43, max: 43, pattern: /^[A-Za-z0-9_-]+$/ };

/** What a client asks for, as it wrote it: nothing of it was verified. */
export interface Asked {
  readonly scope?: string;
  readonly resource?: readonly string[];
  readonly authorization_details?: string;
  /** In the agent's words. */
  readonly purpose?: string;
  readonly case?: string;
  /** Key the code shall be for. */
  readonly dpop_jkt?: string;
}

/** What a client sent, taken apart: what the provider is to see, and what is ours. */
export interface TakenApart {
  readonly inner: URLSearchParams;
  readonly asked: Asked;
}

function refused(description: string): PortRefusal {
  return { kind: "refused", code: "invalid_request", description };
}

/** The words of a scope: those that mean something to the provider, and ours. */
function splitScope(scope: string): { readonly inner: string; readonly own: string } {
  const words = scope.split(" ").filter((word) => word !== "");
  const inner = words.filter((word) => PROVIDER_SCOPES.has(word));
  const own = words.filter((word) => !PROVIDER_SCOPES.has(word));
  return { inner: [...inner, MANDATE_SCOPE].join(" "), own: own.join(" ") };
}

/**
 * Takes our own parameters out of an authorization request, so that the provider carries them as one text and judges none
 * of them. Trust: `sent` is attacker-controlled.
 * @returns `invalid_request` for a repeated parameter of ours, or one no client may send
 */
export function takeAsked(sent: Iterable<readonly [string, string]>): TakenApart | PortRefusal {
  // RFC 6749 section 3.1: a parameter sent without a value is treated as omitted.
  const pairs = [...sent].filter(([name, value]) => value !== "" && !CREDENTIALS.has(name));
  if (pairs.some(([name]) => name === ASKED_PARAMETER))
    return refused(`\`${ASKED_PARAMETER}\` is not for clients`);
  const isOurs = (name: string): boolean => OWN.some((known) => known === name);
  const own = new Map(pairs.filter(([name]) => isOurs(name)));
  if (own.size !== pairs.filter(([name]) => isOurs(name)).length) return refused("a parameter is repeated");
  const resource = pairs.filter(([name]) => name === "resource").map(([, value]) => value);
  const scope = splitScope(own.get("scope") ?? "");
  own.delete("scope");
  const asked: Asked = {
    ...Object.fromEntries(own),
    ...(scope.own === "" ? {} : { scope: scope.own }),
    ...(resource.length === 0 ? {} : { resource }),
  };
  const inner = new URLSearchParams();
  for (const [name, value] of pairs) if (name !== "resource" && !isOurs(name)) inner.append(name, value);
  inner.set("scope", scope.inner);
  inner.set(ASKED_PARAMETER, JSON.stringify(asked));
  return { inner, asked };
}

/** Reads what {@link takeAsked} wrote; its members are still the client's. @throws NarrowgateError `malformed_input` */
export function readAsked(text: unknown): Asked {
  const limits = { maxBytes: MAX_ASKED_BYTES, maxDepth: 4 };
  const row = readObject(parseStrictJson(readString(text, "/asked"), limits), "", [...OWN, "resource"]);
  const optional = (name: (typeof OWN)[number], rules: object): Asked => {
    const value = readOptional(row[name], (member) => readString(member, `/${name}`, rules));
    return value === undefined ? {} : { [name]: value };
  };
  const resource = readOptional(row.resource, (list) =>
    readArray(list, "/resource", (item, at) => readString(item, at, { min: 1, max: 2048 }), { max: 16 }),
  );
  return {
    ...optional("scope", { min: 1, max: 4096 }),
    ...optional("authorization_details", { min: 1, max: 16 * 1024 }),
    ...optional("purpose", sentence),
    ...optional("case", caseId),
    ...optional("dpop_jkt", digest),
    ...(resource === undefined ? {} : { resource }),
  };
}

function requestedOf({ scope, resource, authorization_details: details }: Asked): JsonObject {
  const requested: { [member: string]: JsonValue } = {};
  if (scope !== undefined) requested["scope"] = scope.split(" ");
  if (resource !== undefined) requested["resource"] = [...resource];
  if (details !== undefined)
    requested["authorization_details"] = parseStrictJson(details, { maxBytes: 16 * 1024, maxDepth: 8 });
  return requested;
}

/** Details of servers that are out of reach say nothing: they are left out, so that the page does not show them. */
function withinReach(parts: AuthorityParts, serverUrl: (server: string) => string): Authority {
  const { scope, resource, details } = parts;
  return normalise({
    scope,
    resource,
    details: details.filter(({ server }) => resource.includes(serverUrl(server))),
  });
}

function codeFor(dimension: string): PortRefusal["code"] {
  if (dimension === "scope") return "invalid_scope";
  return dimension === "resource" ? "invalid_target" : "invalid_authorization_details";
}

/**
 * The authority that is asked for: what the client names, within the agent's ceiling, by the function that mints.
 * @returns `invalid_scope`, `invalid_target`, `invalid_authorization_details`
 * @see docs/spec/authority.md section 6
 */
export function askedAuthority(
  asked: Asked,
  agent: AgentRecord,
  { nowMs, serverUrl }: { readonly nowMs: number; readonly serverUrl: (server: string) => string },
): { readonly kind: "asked"; readonly authority: Authority } | PortRefusal {
  try {
    const ceiling = parseAuthority(agent.ceiling);
    const result = hop({
      parent: ceiling,
      actorCeiling: ceiling,
      clientCeiling: ceiling,
      mode: "continuation",
      at: Math.floor(nowMs / 1000),
      requested: parseRequestedAuthority(requestedOf(asked)),
    });
    if (result.kind === "granted")
      return { kind: "asked", authority: withinReach(result.authority, serverUrl) };
    const { dimension, path } = result.violation;
    return {
      kind: "refused",
      code: codeFor(dimension),
      description: `\`${path}\` is more than the agent may ever have`,
    };
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    return { kind: "refused", code: "invalid_authorization_details", description: error.publicMessage };
  }
}
