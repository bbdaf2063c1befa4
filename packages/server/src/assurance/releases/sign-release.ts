import {
  formatReleaseStatement,
  type ReadStatement,
  type ReleaseStatement,
  readSignedRelease,
} from "@narrowgate/contracts";
import { equalBytes, type JsonValue, randomId } from "@narrowgate/kernel";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { checkPageSignature, proofOf, readPageSignature } from "../../platform/webauthn/index.ts";
import { isBarred } from "./eligibility.ts";
import type { Signer } from "./ports.ts";
import { missingRoles, statementOf } from "./proposal.ts";
import { leafOf } from "./release-leaf.ts";
import { isOpen, type ReleaseRoom } from "./room.ts";
import { type Answer, countUse, invalid, notEligible, refusedOf, signerOf } from "./signed-answer.ts";
import { rowOf, type StoredProposal } from "./stored-proposal.ts";

/** What came of an answer. */
export interface Answered {
  readonly id: string;
  readonly kind: ReleaseStatement["kind"];
  /** Roles that are still missing. */
  readonly missing: readonly string[];
}

type Ceremony = ReadStatement<ReleaseStatement>;

function openProposal(room: ReleaseRoom, handle: string): StoredProposal {
  const proposal = room.table.byHandle(handle);
  if (proposal === undefined || !isOpen(room, proposal))
    throw invalid("this release cannot be signed any more");
  return proposal;
}

function readCeremony({ ports: { place } }: ReleaseRoom, signed: JsonValue): Ceremony {
  if (place === undefined) throw invalid("nobody can sign here");
  return readPageSignature(() => readSignedRelease(nodeSha256, signed, place));
}

/** INVARIANT: what was signed is byte for byte what we asked to be signed; nothing in it is taken from the signer. */
function checkStatement(proposal: StoredProposal, { kind, role, ...rest }: ReleaseStatement): void {
  const expected = formatReleaseStatement(statementOf(proposal, kind, role));
  if (!equalBytes(expected, formatReleaseStatement({ kind, role, ...rest })))
    throw invalid("what was signed is another release than this one");
  if (!missingRoles(proposal).includes(role)) throw invalid("this role has signed already");
}

/** Another person than author, owner and deputy, in the role, and in one role alone. */
function checkEligible(room: ReleaseRoom, proposal: StoredProposal, signer: Signer, role: string): void {
  if (!signer.roles.includes(role)) throw notEligible(`this takes the role ${role}, which you do not have`);
  if (isBarred(signer, proposal, room.ports.signers))
    throw notEligible("you proposed this release, or answer for its agent; another person has to sign");
  if (proposal.given.some(({ person }) => person === signer.ref))
    throw notEligible("you have signed in another role; each role takes another person");
}

/**
 * Takes the signed answer of one of the four, checks it whole and records it. One refusal ends the proposal.
 * Trust: `answer` is attacker-controlled.
 * ORDER: everything between reading the proposal and recording the answer happens in one turn.
 * @throws NarrowgateError `approval_invalid`, `signer_not_eligible`; `evidence_unavailable`: then nothing was signed
 * @see docs/spec/release.md
 */
export async function signRelease(room: ReleaseRoom, answer: Answer): Promise<Answered> {
  const { ports, table } = room;
  const proposal = openProposal(room, answer.handle);
  const ceremony = readCeremony(room, answer.signed);
  const { signer, key } = signerOf(room, answer.credential);
  checkPageSignature(key.jwk, ceremony);
  const { statement } = ceremony;
  refusedOf(room, proposal, signer, () => {
    checkStatement(proposal, statement);
    checkEligible(room, proposal, signer, statement.role);
  });
  const counted = countUse(room, answer, ceremony);
  const { kind, role } = statement;
  const entry = randomId();
  const given = { role, person: signer.ref, name: signer.name, entry, ...proofOf(answer.signed) };
  const after: StoredProposal =
    kind === "refuse_release"
      ? { ...proposal, state: "refused" }
      : { ...proposal, given: [...proposal.given, given] };
  const own = { person: signer.ref, credential: key.digest, role };
  const what = kind === "refuse_release" ? "refused" : "signed";
  const sealed = { id: entry, proof: proofOf(answer.signed), content: { name: signer.name } };
  const { durable } = ports.evidence.record(
    [leafOf(proposal, what, own, sealed)],
    [rowOf(after), ...counted],
  );
  table.put(after);
  await durable;
  return { id: proposal.id, kind, missing: kind === "refuse_release" ? [] : missingRoles(after) };
}
