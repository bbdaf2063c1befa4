import type { JsonValue } from "@narrowgate/kernel";
import type { Leaf } from "../evidence/leaf.ts";
import { openedMember } from "../evidence/openings.ts";
import { type HeldLeaf, isHeldOf } from "./leaf-reasons.ts";

const placeOf = ({ leaf }: HeldLeaf): number => leaf.writer.seq;

function memberOf(value: JsonValue | undefined, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** Whether the log asks for a release at each mint. */
export function isProduction(genesis: HeldLeaf<"genesis"> | undefined): boolean {
  return genesis?.leaf.body.environment === "prod";
}

/** The leaf that says which release of the agent was in force at a place, or that none was; undefined when nothing does. */
export function standingRelease<Held extends { readonly leaf: Leaf<"release"> }>(
  releases: readonly Held[],
  agent: string,
  before: number,
): Held | undefined {
  const decides = ({ body, agent: own }: Leaf<"release">): boolean =>
    own?.id === agent && (body.action === "activated" || body.action === "deactivated");
  return releases.findLast(({ leaf }) => leaf.writer.seq < before && decides(leaf));
}

/**
 * The leaf that let an agent through without a release under one of these deployments, before a place; undefined when none
 * did. @param names - `kind:ref` of the epochs of a token
 */
export function standingGlass<Held extends { readonly leaf: Leaf<"release"> }>(
  releases: readonly Held[],
  { agent, names }: { readonly agent: string; readonly names: readonly string[] },
  before: number,
): Held | undefined {
  return releases.findLast(
    ({ leaf: { writer, body, agent: own } }) =>
      writer.seq < before &&
      own?.id === agent &&
      body.action === "glass_opened" &&
      names.includes(`release:${body.deployment}`),
  );
}

/** All leaves of a proposal up to one that brought it into force. */
export function leavesOfProposal(
  releases: readonly HeldLeaf<"release">[],
  activated: HeldLeaf<"release">,
): readonly HeldLeaf<"release">[] {
  const { proposal } = activated.leaf.body;
  return releases.filter(
    (held) => held.leaf.body.proposal === proposal && placeOf(held) <= placeOf(activated),
  );
}

/** Leaf ids of the evaluations that a leaf about a release rests on: the one it was proposed on, and the one at promotion. */
export function evaluationsOf({ body }: Leaf<"release">): readonly string[] {
  return body.evaluation === undefined ? [body.readiness] : [body.readiness, body.evaluation];
}

/** The document that an opened `assurance` leaf seals. */
function documentOf({ openings }: HeldLeaf): JsonValue | undefined {
  return openedMember(openings.content, "document");
}

/** Leaves that the bundle of a release is about: its own, and the last evaluation of it. */
export function leavesOfRelease(leaves: readonly HeldLeaf[], release: string): readonly HeldLeaf[] {
  const isEvaluation = (held: HeldLeaf): boolean =>
    isHeldOf(held, "assurance") &&
    held.leaf.body.kind === "evaluation" &&
    memberOf(documentOf(held), "release") === release;
  const last = leaves.findLast(isEvaluation);
  return leaves.filter(
    (held) => held === last || (isHeldOf(held, "release") && held.leaf.body.release === release),
  );
}

/** Ids of the drills that an opened evaluation counts, each once. Trust: the leaf may be attacker-controlled. */
export function countedDrills(held: HeldLeaf): readonly string[] {
  if (!isHeldOf(held, "assurance") || held.leaf.body.kind !== "evaluation") return [];
  const results = memberOf(documentOf(held), "results");
  if (!Array.isArray(results)) return [];
  const named = results.flatMap((result: JsonValue) => {
    const drills = memberOf(result, "drills");
    return Array.isArray(drills) ? drills : [];
  });
  return [...new Set(named.filter((id): id is string => typeof id === "string"))];
}
