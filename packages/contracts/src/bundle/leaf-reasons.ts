import { fromBase64url, isNarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import type { LeafType } from "../evidence/draft.ts";
import type { Leaf } from "../evidence/leaf.ts";
import { type InputItem, type Openings, openedMember } from "../evidence/openings.ts";
import { parseOperatorJws } from "../token/operator-request.ts";

/** A leaf that is in hand, with what is opened of it. */
export interface HeldLeaf<T extends LeafType = LeafType> {
  readonly leaf: Leaf<T>;
  readonly openings: Openings;
}

/** Whether a leaf in hand is of that type. */
export function isHeldOf<T extends LeafType>(held: HeldLeaf, type: T): held is HeldLeaf<T> {
  return held.leaf.type === type;
}

const maxHeader = 4096;

/** Where the inputs of a decision name the overlays it was made under. @see docs/spec/evidence.md E-37 */
export const OVERLAYS_PATH = "/overlays";

/** What a parser refuses names nothing: another check says what is wrong with it. */
function read<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** The `kid` of an access token or of its signing input; undefined where the text is none of ours. */
function kidOf(token: unknown): string | undefined {
  const head = typeof token === "string" ? token.slice(0, maxHeader).split(".", 1)[0] : undefined;
  if (head === undefined) return undefined;
  const header = read(() => parseStrictJson(fromBase64url(head), { maxBytes: maxHeader }));
  const kid = memberOf(header, "kid");
  return memberOf(header, "typ") === "at+jwt" && typeof kid === "string" ? kid : undefined;
}

/** Kids of the keys that what is opened of a leaf was signed with: a token at its mint, or where it opened something. */
export function signingKids(held: HeldLeaf): readonly string[] {
  const { proof } = held.openings;
  if (isHeldOf(held, "token"))
    return [kidOf(openedMember(proof, "signing_input"))].filter((kid) => kid !== undefined);
  // A token that was refused may be signed by anybody.
  if (!isHeldOf(held, "decision") || held.leaf.body.verdict !== "permit") return [];
  const presented = ["token", "subject_token"].map((name) => kidOf(openedMember(proof, name)));
  return presented.filter((kid) => kid !== undefined);
}

/** Who signed the opened request of a leaf, by ref or thumbprint; undefined when nobody did, or it is not opened. */
export function requestSigner({ leaf, openings }: HeldLeaf): string | undefined {
  if (leaf.type === "revocation" && leaf.body.by !== "operator") return undefined;
  const request = openedMember(openings.proof, "request");
  return typeof request === "string" ? read(() => parseOperatorJws(request))?.claims.iss : undefined;
}

const isClosed = (item: InputItem): boolean => "commitment" in item;

/** Whether a decision has inputs that are not all opened: what it rests on is then not all known. */
export function hasClosedInputs({ leaf, openings }: HeldLeaf): boolean {
  if (leaf.sealed?.inputs === undefined) return false;
  return openings.inputs === undefined || openings.inputs.some(isClosed);
}

/** Ids of the overlays that opened inputs say a decision was made under. Trust: may be attacker-controlled. */
export function namedOverlays({ inputs }: Pick<Openings, "inputs">): readonly string[] {
  const found = inputs?.find((item) => !("commitment" in item) && item.path === OVERLAYS_PATH);
  const named = found !== undefined && "value" in found ? found.value : [];
  return Array.isArray(named) ? named.filter((id) => typeof id === "string") : [];
}

/**
 * Ids of leaves that what is opened of a leaf names: what inputs are derived from, under which overlays was decided, and
 * what a mandate was compared with.
 */
export function namedLeaves({ leaf, openings }: HeldLeaf): readonly string[] {
  const derived = (openings.inputs ?? []).flatMap((item) =>
    !("commitment" in item) && item.from.by === "derived" ? [item.from.entry] : [],
  );
  const inputs = [...derived, ...namedOverlays(openings)];
  const entitlements = leaf.type === "mandate" ? openedMember(openings.content, "entitlements") : undefined;
  return typeof entitlements === "string" ? [...inputs, entitlements] : inputs;
}
