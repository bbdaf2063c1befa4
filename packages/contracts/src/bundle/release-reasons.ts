import { type JsonValue, type Sha256, utf8 } from "@narrowgate/kernel";
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

/** What was in force for an agent at a place in the log. */
export interface StandingReleases<Held> {
  /** The newest `activated` leaf before it, and every later one that began or ended a canary, or ended the release. */
  readonly leaves: readonly Held[];
  /** The leaf that brought it into force. */
  readonly active?: Held;
  /** The leaf that put it beside the active one, with its share. */
  readonly canary?: Held;
}

type HeldRelease = { readonly leaf: Leaf<"release"> };

function isOfProposal({ leaf }: HeldRelease, held: HeldRelease | undefined): boolean {
  return held?.leaf.body.proposal === leaf.body.proposal;
}

/**
 * Which release of an agent was active at a place, and which beside it. What is activated ends what was before.
 * @see docs/spec/release.md R-9
 */
export function standingReleases<Held extends HeldRelease>(
  releases: readonly Held[],
  agent: string,
  before: number,
): StandingReleases<Held> {
  const own = releases.filter(({ leaf }) => leaf.writer.seq < before && leaf.agent?.id === agent);
  const from = own.findLastIndex(({ leaf }) => leaf.body.action === "activated");
  if (from < 0) return { leaves: [] };
  const leaves = own
    .slice(from)
    .filter(({ leaf: { body } }) => ["activated", "canary", "deactivated"].includes(body.action));
  let [active]: readonly (Held | undefined)[] = leaves;
  let canary: Held | undefined;
  for (const held of leaves.slice(1)) {
    if (held.leaf.body.action === "canary") canary = held;
    else if (isOfProposal(held, canary)) canary = undefined;
    else if (isOfProposal(held, active)) active = undefined;
  }
  return { leaves, ...(active === undefined ? {} : { active }), ...(canary === undefined ? {} : { canary }) };
}

/**
 * Whether a canary has a mandate: one draw for the whole task, which nobody can choose but by the id of the mandate.
 * @param deployment - digest of the canary's deployment
 * @param share - percent of the mandates
 * @see docs/spec/release.md R-9
 */
export function drawsCanary(sha256: Sha256, deployment: string, mandate: string, share: number): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = sha256(utf8(`narrowgate/canary/v1\n${deployment}\n${mandate}`));
  return (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) * 100 < share * 2 ** 32;
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
