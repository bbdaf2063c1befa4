import {
  formatGlassStatement,
  type GlassReview,
  type GlassStatement,
  RELEASE_ROLES,
  type ReleaseRole,
  readSignedGlass,
  readSignedReview,
} from "@narrowgate/contracts";
import { equalBytes, randomId } from "@narrowgate/kernel";
import { nodeSha256 } from "../../../platform/crypto-hash/sha256.ts";
import { checkPageSignature, proofOf, readPageSignature } from "../../../platform/webauthn/index.ts";
import { isBarred, lapsedRoles } from "../eligibility.ts";
import { checkStanding } from "../gate.ts";
import { inForceNow } from "../in-force.ts";
import type { Signer } from "../ports.ts";
import { leafOf } from "../release-leaf.ts";
import type { ReleaseRoom } from "../room.ts";
import { type Answer, countUse, invalid, notEligible, refusedOf, signerOf } from "../signed-answer.ts";
import {
  type Glass,
  glassRow,
  glassStatement,
  isAskedGlass,
  isSignedBy,
  isStopped,
  reviewStatement,
  waitsForReview,
} from "./glass.ts";
import { shownCalls } from "./shown-calls.ts";

/** What came of an answer. */
export interface AnsweredGlass {
  readonly id: string;
  readonly kind: "break_glass" | "refuse_glass" | "review_glass";
  /** Until when the agent is let through, Unix milliseconds; absent while signatures are missing. */
  readonly untilMs?: number;
}

/** Roles in which it can still be signed. */
export function openRoles({ proposal }: Glass): readonly ReleaseRole[] {
  return RELEASE_ROLES.filter((role) => !proposal.given.some((one) => one.role === role));
}

/** INVARIANT: what was signed is byte for byte what we asked to be signed. */
function checkSame(expected: GlassStatement | GlassReview, signed: GlassStatement | GlassReview): void {
  if (!equalBytes(formatGlassStatement(expected), formatGlassStatement(signed)))
    throw invalid("what was signed is not what is shown now; read it again");
}

function checkEligible(room: ReleaseRoom, { proposal }: Glass, signer: Signer, role: string): void {
  if (!signer.roles.includes(role)) throw notEligible(`this takes the role ${role}, which you do not have`);
  if (isBarred(signer, proposal, room.ports.signers))
    throw notEligible("you asked for this, or answer for the agent; another person has to sign");
  if (proposal.given.some(({ person }) => person === signer.ref))
    throw notEligible("you have signed this; it takes another person");
}

/** @throws `approval_invalid` */
function checkActing({ ports }: ReleaseRoom, { proposal }: Glass): void {
  const agent = ports.agent(proposal.agent);
  if (agent !== undefined && isStopped(agent))
    throw invalid(`the agent is ${agent.state}; nothing lets it through`);
}

/** Whether the signatures by now, all of which count, let the agent through; and what stands is what they are for. */
function opensWith(room: ReleaseRoom, { proposal }: Glass): boolean {
  if (!isSignedBy(proposal.given.map(({ role }) => role))) return false;
  const lapsed = lapsedRoles(proposal, room.ports.signers);
  if (lapsed.length > 0) throw notEligible(`the signature of ${lapsed.join(", ")} does not count any more`);
  checkStanding(room, proposal, "own");
  // INVARIANT: one thing at a time lets an agent through, so that one roll-back stops it.
  const agent = room.ports.agent(proposal.agent);
  if (agent !== undefined && inForceNow(room, agent).kind === "released")
    throw invalid("the agent is let through already; this can open once it is not");
  // ORDER: here too, or several asked for beforehand would open one after the other.
  const nowMs = room.ports.clock.nowMs();
  if (room.glasses.ofAgent(proposal.agentRef).some((one) => waitsForReview(one, nowMs)))
    throw invalid("the last break-glass of this agent waits for its review");
  return true;
}

/**
 * Takes the answer of one of the two. With the second, one of them for security, the agent is let through, in one commit.
 * ORDER: everything between reading the break-glass and recording the answer happens in one turn.
 * @see docs/spec/release.md
 */
export async function signGlass(room: ReleaseRoom, glass: Glass, answer: Answer): Promise<AnsweredGlass> {
  const { ports, glasses } = room;
  const { place } = ports;
  if (place === undefined || !isAskedGlass(glass, ports.clock.nowMs()))
    throw invalid("this cannot be signed any more");
  const ceremony = readPageSignature(() => readSignedGlass(nodeSha256, answer.signed, place));
  const { signer, key } = signerOf(room, answer.credential);
  checkPageSignature(key.jwk, ceremony);
  const { kind, role } = ceremony.statement;
  const entry = randomId();
  const proof = proofOf(answer.signed);
  const given = { role, person: signer.ref, name: signer.name, entry, ...proof };
  const { proposal } = glass;
  const signed = { ...glass, proposal: { ...proposal, given: [...proposal.given, given] } };
  const isOpened = refusedOf(room, glass.proposal, signer, () => {
    checkSame(glassStatement(glass, kind, role), ceremony.statement);
    if (!openRoles(glass).includes(role)) throw invalid("this role has signed already");
    checkEligible(room, glass, signer, role);
    if (kind === "refuse_glass") return false;
    checkActing(room, glass);
    return opensWith(room, signed);
  });
  const counted = countUse(room, answer, ceremony);
  const untilMs = ports.clock.nowMs() + glass.seconds * 1000;
  const after: Glass =
    kind === "refuse_glass"
      ? { ...glass, state: "refused" }
      : isOpened
        ? { ...signed, state: "open", untilMs }
        : signed;
  const own = { person: signer.ref, credential: key.digest, role };
  const what = kind === "refuse_glass" ? "glass_refused" : "glass_signed";
  const opened = isOpened
    ? [leafOf(proposal, "glass_opened", { operator: proposal.author.ref, until: untilMs })]
    : [];
  const { durable } = ports.evidence.record(
    [leafOf(proposal, what, own, { id: entry, proof, content: { name: signer.name } }), ...opened],
    [glassRow(after), ...counted],
  );
  glasses.put(after);
  await durable;
  return { id: proposal.id, kind, ...(isOpened ? { untilMs } : {}) };
}

/**
 * Takes the review of one that is over, by a person for security or compliance who did not sign it.
 * @see docs/spec/release.md R-25
 */
export async function reviewGlass(room: ReleaseRoom, glass: Glass, answer: Answer): Promise<AnsweredGlass> {
  const { ports, glasses } = room;
  const { place } = ports;
  const shown = await shownCalls(room, glass);
  if (place === undefined || !waitsForReview(glass, ports.clock.nowMs()))
    throw invalid("there is nothing to review");
  const ceremony = readPageSignature(() => readSignedReview(nodeSha256, answer.signed, place));
  const { signer, key } = signerOf(room, answer.credential);
  checkPageSignature(key.jwk, ceremony);
  const { role, findings } = ceremony.statement;
  refusedOf(room, glass.proposal, signer, () => {
    checkSame(reviewStatement(glass, shown, { role, findings }), ceremony.statement);
    checkEligible(room, glass, signer, role);
  });
  if (glasses.byHandle(answer.handle)?.review !== undefined) throw invalid("it was reviewed meanwhile");
  const counted = countUse(room, answer, ceremony);
  const atMs = ports.clock.nowMs();
  const review = { role, person: signer.ref, name: signer.name, findings, atMs };
  const after: Glass = { ...glass, review };
  const own = { person: signer.ref, credential: key.digest, role };
  const sealed = { proof: proofOf(answer.signed), content: { name: signer.name } };
  const { durable } = ports.evidence.record(
    [leafOf(glass.proposal, "glass_reviewed", own, sealed)],
    [glassRow(after), ...counted],
  );
  glasses.put(after);
  await durable;
  return { id: glass.proposal.id, kind: "review_glass" };
}

/** Takes whatever can be answered at this handle. Trust: `answer` is attacker-controlled. @throws `approval_invalid`, `signer_not_eligible`, `release_drifted` */
export function answerGlass(room: ReleaseRoom, answer: Answer): Promise<AnsweredGlass> {
  const glass = room.glasses.byHandle(answer.handle);
  if (glass === undefined) return Promise.reject(invalid("there is no such break-glass"));
  if (glass.state === "asked") return signGlass(room, glass, answer);
  if (glass.state === "refused" || glass.state === "withdrawn")
    return Promise.reject(invalid(`it was ${glass.state}`));
  return reviewGlass(room, glass, answer);
}
