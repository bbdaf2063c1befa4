import type { JsonValue } from "@narrowgate/kernel";
import type { Authority, AuthorityParts, AuthorizationDetail, Dimension, Violation } from "./authority.ts";
import type { HopMode } from "./chain-step.ts";
import { intersectDetails, type TooLarge } from "./intersect.ts";
import { type NarrowingProof, narrower, narrowerParts } from "./narrower.ts";
import { normalise } from "./normalise.ts";
import type { RequestedAuthority } from "./parse-authority.ts";
import { commonMembers } from "./sorted-set.ts";

/** What bounds a hop. */
export interface HopBounds {
  /** The authority of the token that is exchanged, or of the mandate at the root. */
  readonly parent: Authority;
  /** The ceiling of the actor that will present the result. */
  readonly actorCeiling: Authority;
  /** The ceiling of the client that asks. */
  readonly clientCeiling: Authority;
  /** `rebind` uses up one of `depth`. What `rebindChain` calls `continued` is a continuation here too. */
  readonly mode: HopMode;
  /** The one resource the result will be presented to; absent for a hand-off token, which is valid at none. */
  readonly resource?: string;
}

/** A hop to be computed. */
export interface HopInput extends HopBounds {
  /** Attacker-controlled. A part that is absent is taken from the intersection; a part that is there is never trimmed. */
  readonly requested?: RequestedAuthority;
  /** Unix seconds at the mint: details over by then are not granted. Absent when a hop of the past is checked. */
  readonly at?: number;
}

/** For each bound the proof that the granted authority is narrower; indices into the bound's own details. */
export interface HopProof {
  readonly parent: NarrowingProof;
  readonly actorCeiling: NarrowingProof;
  readonly clientCeiling: NarrowingProof;
}

/** What was exceeded: a bound, the request, the target, or, for `result`, the rule that nothing empty or too large is granted. */
export type HopBound = "parent" | "actorCeiling" | "clientCeiling" | "requested" | "resource" | "result";

/** Why a hop is refused. */
export interface HopViolation extends Omit<Violation, "dimension"> {
  readonly bound: HopBound;
  readonly dimension: Dimension | "authorization_details" | TooLarge;
}

/** The one answer to a hop. */
export type Hop =
  | { readonly kind: "granted"; readonly authority: Authority; readonly proof: HopProof }
  | { readonly kind: "refused"; readonly violation: HopViolation };

type Refused = Extract<Hop, { kind: "refused" }>;

function refused(
  bound: HopBound,
  dimension: HopViolation["dimension"],
  path: string,
  child?: JsonValue,
): Refused {
  const violation = { bound, dimension, path, ...(child === undefined ? {} : { child }) };
  return { kind: "refused", violation };
}

/**
 * The parent as it bounds what comes after the hop. A detail without depth left gets depth -1: nothing is narrower than
 * that, so what asks for it fails in `depth` and no other dimension.
 */
function parentBound({ parent, mode }: HopBounds): AuthorityParts {
  if (mode === "continuation") return parent;
  return { ...parent, details: parent.details.map((detail) => ({ ...detail, depth: detail.depth - 1 })) };
}

interface Bounds {
  readonly parent: AuthorityParts;
  readonly actorCeiling: AuthorityParts;
  readonly clientCeiling: AuthorityParts;
}

function commonDetails(bounds: Bounds, at: number): readonly AuthorizationDetail[] | Refused {
  const passing = bounds.parent.details.filter(({ depth }) => depth >= 0);
  const first = intersectDetails(passing, bounds.actorCeiling.details);
  const both =
    first.kind === "refused" ? first : intersectDetails(first.details, bounds.clientCeiling.details);
  return both.kind === "refused"
    ? refused("result", both.reason, "/authorization_details")
    : both.details.filter(({ expires }) => at < expires);
}

function commonSet(bounds: Bounds, member: "scope" | "resource"): readonly string[] {
  return commonMembers(
    commonMembers(bounds.parent[member], bounds.actorCeiling[member]),
    bounds.clientCeiling[member],
  );
}

/** What is asked for, completed out of the intersection. */
function wanted(bounds: Bounds, requested: RequestedAuthority, at: number): Authority | Refused {
  const details = requested.details ?? commonDetails(bounds, at);
  if ("kind" in details) return details;
  return normalise({
    scope: requested.scope ?? commonSet(bounds, "scope"),
    resource: requested.resource ?? commonSet(bounds, "resource"),
    details,
  });
}

function exceeds(bound: HopBound, violation: Violation): Refused {
  return { kind: "refused", violation: { bound, ...violation } };
}

function prove(bounds: Bounds, child: Authority): HopProof | Refused {
  const parent = narrowerParts(bounds.parent, child);
  if (parent.kind === "wider") return exceeds("parent", parent.violation);
  const actor = narrowerParts(bounds.actorCeiling, child);
  if (actor.kind === "wider") return exceeds("actorCeiling", actor.violation);
  const client = narrowerParts(bounds.clientCeiling, child);
  if (client.kind === "wider") return exceeds("clientCeiling", client.violation);
  return { parent: parent.proof, actorCeiling: actor.proof, clientCeiling: client.proof };
}

function expiry(child: Authority, at: number): Refused | undefined {
  const index = child.details.findIndex(({ expires }) => expires <= at);
  const over = child.details[index];
  return over && refused("result", "expires", `/authorization_details/${index}/expires`, over.expires);
}

function emptiness(child: Authority, bounds: Bounds): Refused | undefined {
  if (child.scope.length === 0) return refused("result", "scope", "/scope");
  if (child.resource.length === 0) return refused("result", "resource", "/resource");
  if (child.details.length > 0 || bounds.parent.details.length === 0) return undefined;
  const spent = bounds.parent.details.every(({ depth }) => depth < 0);
  return refused("result", spent ? "depth" : "authorization_details", "/authorization_details");
}

/**
 * Computes one hop: what the token service calls when it mints, and by way of {@link checkHop} what the verifier calls
 * again. Asking for too much is refused and never trimmed; asking for nothing gives the intersection of the bounds.
 * Trust: the bounds come from verified tokens and the registry; `requested` and `resource` are attacker-controlled.
 * @see docs/spec/authority.md section 6, A-15, A-16
 */
export function hop(input: HopInput): Hop {
  const { actorCeiling, clientCeiling, requested = {}, resource, at = Number.NEGATIVE_INFINITY } = input;
  const bounds: Bounds = { parent: parentBound(input), actorCeiling, clientCeiling };
  const child = wanted(bounds, requested, at);
  if ("kind" in child) return child;
  const proof = prove(bounds, child);
  if ("kind" in proof) return proof;
  const unfit = expiry(child, at) ?? emptiness(child, bounds);
  if (unfit !== undefined) return unfit;
  if (resource !== undefined && !child.resource.includes(resource)) {
    return refused("resource", "resource", "/resource", resource);
  }
  return { kind: "granted", authority: child, proof };
}

/**
 * Confirms a granted authority: it holds exactly when asking for it, whole, would be granted; and when the request is
 * known, when it does not exceed that either.
 * Trust: everything but the ceilings may come from a bundle that somebody forged.
 * @see docs/spec/authority.md section 6
 */
export function checkHop(input: HopInput, granted: Authority): Hop {
  const { requested = {}, ...bounds } = input;
  const again = hop({ ...bounds, requested: granted });
  if (again.kind === "refused") return again;
  const { scope = granted.scope, resource = granted.resource, details = granted.details } = requested;
  const asked = narrower(normalise({ scope, resource, details }), granted);
  return asked.kind === "narrower" ? again : exceeds("requested", asked.violation);
}
