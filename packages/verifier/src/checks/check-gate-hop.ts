import { formatAuthority, parseAuthority } from "@narrowgate/authority";
import {
  type AccessTokenClaims,
  gateCeiling,
  openedMember,
  type RegisteredOperation,
} from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue, readEnum, readString } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import { isJsonObject } from "../json-object.ts";
import type { TokenFact } from "../token-facts.ts";

const kinds = { tools: "tool", prompts: "prompt", resources: "resource" } as const;
const dataClassNames = ["public", "internal", "confidential", "restricted"] as const;

/** The newest opened registration of the server that the call went to; undefined when it is not disclosed. */
function serverOf(evidence: Evidence, { leaf, index }: Entry<"dispatch">): JsonObject | undefined {
  const registration = entriesOf(evidence, "registry").findLast(
    (entry) =>
      entry.index < index && entry.leaf.body.kind === "server" && entry.leaf.body.ref === leaf.body.server,
  );
  const document = openedMember(registration?.openings.content, "document");
  return isJsonObject(document) ? document : undefined;
}

function readRecord(value: JsonValue): RegisteredOperation["record"] {
  const { name, dataClass, scope } = isJsonObject(value) ? value : {};
  return {
    name: readString(name, "/name"),
    dataClass: readEnum(dataClass, "/dataClass", dataClassNames),
    scope: readString(scope, "/scope"),
  };
}

/** What the registration lets the gate do there, one ceiling per operation, in canonical form. */
function ceilingsOf(document: JsonObject, issuer: string): ReadonlySet<string> {
  const server = readString(document.id, "/id");
  const ceilings = new Set<string>();
  for (const [list, kind] of Object.entries(kinds)) {
    const records = document[list];
    for (const value of Array.isArray(records) ? records : []) {
      const wire = gateCeiling({ issuer, server, kind, record: readRecord(value) });
      ceilings.add(canonicalJson(formatAuthority(parseAuthority(wire))));
    }
  }
  return ceilings;
}

function addressFault(claims: AccessTokenClaims, { id, upstream }: JsonObject): string | undefined {
  const { auth, url } = isJsonObject(upstream) ? upstream : {};
  if (auth !== "exchanged" || url !== claims.aud)
    return "the token is for another address than is registered";
  const reach = `${claims.iss}/mcp/${String(id)}`;
  return canonicalJson(claims.ng.reach) === canonicalJson([reach])
    ? undefined
    : "the token reaches another server than the call went to";
}

/**
 * Checks a token that the gate cut for itself: it belongs to one call, is for the registered address of the server that
 * call went to, and both its ceilings are what the registration of an operation says.
 * @returns what is wrong, `undisclosed` when the registration is not in the bundle, or undefined
 * @throws NarrowgateError `malformed_input`, `malformed_authority`
 * @see docs/spec/token.md T-6
 */
export function gateHopFault(
  evidence: Evidence,
  { entry, claims }: TokenFact,
): string | "undisclosed" | undefined {
  const { decision, mode } = entry.leaf.body;
  const dispatch = entriesOf(evidence, "dispatch").find(({ leaf }) => leaf.body.decision === decision);
  if (mode !== "rebind" || entry.leaf.agent !== undefined || dispatch === undefined)
    return "the gate cut a token for itself that belongs to no call";
  const document = serverOf(evidence, dispatch);
  if (document === undefined) return "undisclosed";
  const ceilings = ceilingsOf(document, claims.iss);
  const bounds = ["actor_ceiling", "client_ceiling"].map((name) =>
    canonicalJson(formatAuthority(parseAuthority(openedMember(entry.openings.content, name)))),
  );
  const isRegistered = bounds.every((bound) => bound === bounds[0] && ceilings.has(bound));
  return addressFault(claims, document) ?? (isRegistered ? undefined : "a ceiling is not what is registered");
}
