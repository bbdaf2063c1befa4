import type { Leaf } from "@narrowgate/contracts";
import type { Known, KnownRelease } from "./known.ts";

/** Adds what a leaf says of people and of releases. */
export function learnPeople(known: Known, leaf: Leaf, index: number): void {
  if (leaf.type === "person") learnPerson(known, leaf);
  if (leaf.type === "release") learnRelease(known, leaf, index);
}

function learnPerson(known: Known, { body }: Leaf<"person">): void {
  const person = known.people[body.person] ?? { roles: [], isActive: true, passkeys: {} };
  known.people[body.person] = person;
  if (body.roles !== undefined) person.roles = body.roles;
  if (body.action === "removed") person.isActive = false;
  if (body.action === "enrolled") person.isActive = true;
  if (body.credential === undefined) return;
  if (body.action === "credential_removed") delete person.passkeys[body.credential];
  else person.passkeys[body.credential] = body.authenticator ?? "unknown";
}

/** What is let through without a release names a deployment of its own; from its end on a review is due. */
function learnGlass(known: Known, { id: entry, agent, at, body }: Leaf<"release">, index: number): void {
  const ref = agent?.id ?? "*";
  const glasses = known.glasses[ref] ?? {};
  const glass = glasses[body.proposal];
  if (body.action === "glass_opened") {
    known.activated[body.deployment] = true;
    glasses[body.proposal] = { entry, index, until: body.until ?? at, reviewed: false };
    known.glasses[ref] = glasses;
  }
  if (body.action === "glass_ended" && glass !== undefined) glass.until = at;
  if (body.action === "glass_reviewed" && glass !== undefined) glass.reviewed = true;
}

function learnRelease(known: Known, leaf: Leaf<"release">, index: number): void {
  const { body, at } = leaf;
  const agent = leaf.agent?.id ?? "*";
  if (body.action === "proposed") propose(known, agent, proposalOf(leaf, index));
  if (body.action === "activated") {
    const { release, deployment, proposal: id } = body;
    known.active[agent] = { release, deployment, proposal: id, at };
    known.activated[deployment] = true;
  }
  if (body.action === "canary") known.activated[body.deployment] = true;
  learnGlass(known, leaf, index);
  if (body.action === "deactivated" && known.active[agent]?.deployment === body.deployment)
    delete known.active[agent];
  const proposal = known.proposals[agent]?.[body.proposal];
  if (proposal === undefined) return;
  if (body.action === "refused" || body.action === "withdrawn") proposal.refused = true;
  if (body.action === "signed") sign(known, proposal, leaf, index);
}

/** A release that was in force is kept, for a roll-back brings it back; others go once they have ended. */
function propose(known: Known, agent: string, proposal: KnownRelease): void {
  const earlier = Object.entries(known.proposals[agent] ?? {});
  const kept = earlier.filter(
    ([, { refused, notAfter, deployment }]) =>
      known.activated[deployment] === true || (!refused && proposal.at < notAfter),
  );
  known.proposals[agent] = { ...Object.fromEntries(kept), [proposal.proposal]: proposal };
}

function sign(known: Known, proposal: KnownRelease, { id, at, body }: Leaf<"release">, index: number): void {
  const { role, person } = body;
  if (role === undefined || person === undefined) return;
  const signer = known.people[person];
  const hasPasskey = body.credential !== undefined && signer?.passkeys[body.credential] !== undefined;
  const isEligible = signer?.isActive === true && signer.roles.includes(role) && hasPasskey;
  proposal.signed[role] = { person, at, entry: id, index, isEligible };
}

function proposalOf({ id, at, body }: Leaf<"release">, index: number): KnownRelease {
  return {
    proposal: body.proposal,
    release: body.release,
    deployment: body.deployment,
    operator: body.operator ?? "",
    at,
    index,
    entry: id,
    notAfter: body.not_after ?? 0,
    signed: {},
    refused: false,
  };
}
