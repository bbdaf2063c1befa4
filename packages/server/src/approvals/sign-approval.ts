import {
  type ApprovalStatement,
  formatStatement,
  type ReadStatement,
  readSignedStatement,
} from "@narrowgate/contracts";
import { equalBytes, isNarrowgateError, type JsonValue, NarrowgateError, randomId } from "@narrowgate/kernel";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { checkPageSignature, proofOf, readPageSignature, signCountOf } from "../platform/webauthn/index.ts";
import { leafOf } from "./approval-leaf.ts";
import {
  type ApprovalRequest,
  actionKey,
  isDeclassification,
  missing,
  statementOf,
  yesOf,
} from "./approval-request.ts";
import { isBarred } from "./eligibility.ts";
import type { Declassifiable, Signer, SigningKey } from "./ports.ts";
import { type ApprovalRoom, areSignersCurrent, barredNow, isOpen, newsOf } from "./room.ts";
import { goneRow, rowOf } from "./stored-request.ts";

/** What a person answered. Attacker-controlled. */
export interface Answer {
  readonly handle: string;
  /** Credential id, base64url. */
  readonly credential: string;
  readonly signed: JsonValue;
}

/** What came of an answer. */
export interface Answered {
  readonly id: string;
  readonly kind: "approve" | "refuse";
  /** Signatures that are still missing. */
  readonly missing: readonly string[];
}

function invalid(message: string): NarrowgateError {
  return new NarrowgateError("approval_invalid", message);
}

function openRequest(room: ApprovalRoom, handle: string): ApprovalRequest {
  const request = room.table.byHandle(handle);
  if (request === undefined) throw invalid("this request is not open any more");
  if (!isOpen(room, request)) throw invalid("this request has ended");
  return request;
}

type AnswerStatement = ApprovalStatement & { readonly kind: "approve" | "declassify" | "refuse" };

function isAnswer(statement: ApprovalStatement, request: ApprovalRequest): statement is AnswerStatement {
  return statement.kind === yesOf(request) || statement.kind === "refuse";
}

/** INVARIANT: what was signed is byte for byte what we asked to be signed; nothing in it is taken from the signer. */
function checkStatement(request: ApprovalRequest, statement: ApprovalStatement): AnswerStatement {
  if (!isAnswer(statement, request)) throw invalid("what was signed is neither an approval nor a refusal");
  const { kind, role, slot } = statement;
  const expected = formatStatement(statementOf(request, { kind, role, slot }));
  if (!equalBytes(expected, formatStatement(statement)))
    throw invalid("what was signed is another request than this one");
  if (!missing(request).includes(`${role}#${slot}`))
    throw invalid("this signature is not asked for, or is there already");
  return statement;
}

function signerOf(
  { ports }: ApprovalRoom,
  credential: string,
): { readonly signer: Signer; readonly key: SigningKey } {
  const key = ports.signers.credential(credential);
  const signer = key === undefined ? undefined : ports.signers.person(key.person);
  if (key === undefined || signer === undefined) throw invalid("this passkey is not enrolled here");
  if (key.rpId !== ports.place.rpId) throw invalid("this passkey was not enrolled for approvals");
  return { signer, key };
}

/** Who may answer: in the role, not her own call, and not twice in one role, whatever request of the action it was on. */
function checkEligible(
  room: ApprovalRoom,
  request: ApprovalRequest,
  signer: Signer,
  { role }: AnswerStatement,
): void {
  if (!signer.roles.includes(role)) throw invalid(`this takes the role ${role}, which you do not have`);
  if (isBarred(signer, barredNow(room, request), room.ports.signers))
    throw invalid("this call is your own, or that of an agent you answer for; another person has to answer");
  const signed = room.table.ofAction(actionKey(request.action)).flatMap(({ given }) => given);
  // Who gives an answer free for one role does not stand for a second pair of eyes in another.
  const isAnyRole = isDeclassification(request.action);
  if (signed.some((one) => (isAnyRole || one.role === role) && one.person === signer.ref))
    throw invalid("you have signed in this role; another person has to sign as well");
}

/** What a person may not do with a signature of her own, in order; nothing of it is told to strangers. */
function checkAnswer(
  room: ApprovalRoom,
  request: ApprovalRequest,
  { signer, ceremony }: { readonly signer: Signer; readonly ceremony: ReadStatement },
): AnswerStatement {
  try {
    const statement = checkStatement(request, ceremony.statement);
    checkEligible(room, request, signer, statement);
    return statement;
  } catch (cause) {
    if (isNarrowgateError(cause))
      room.ports.refused({ approval: request.id, person: signer.ref, reason: cause.publicMessage });
    throw cause;
  }
}

/** An answer whose ceremony and signature hold, to a request that is open. */
interface Verified {
  readonly request: ApprovalRequest;
  readonly ceremony: ReadStatement;
  readonly signer: Signer;
  readonly key: SigningKey;
}

function verifiedAnswer(room: ApprovalRoom, { handle, credential, signed }: Answer): Verified {
  const request = openRequest(room, handle);
  const ceremony = readPageSignature(() => readSignedStatement(nodeSha256, signed, room.ports.place));
  const { signer, key } = signerOf(room, credential);
  checkPageSignature(key.jwk, ceremony);
  return { request, ceremony, signer, key };
}

type Lowered = NonNullable<ReturnType<Declassifiable["lower"]>>;
const nothing: Lowered = { drafts: [], changes: [], apply: () => undefined };

/** What follows from the last signature under a declassification, in the turn of its record. */
function loweredBy(
  room: ApprovalRoom,
  after: ApprovalRequest,
  { entry, found }: { readonly entry: string; readonly found: Declassifiable | undefined },
): Lowered {
  if (!isDeclassification(after.action) || missing(after).length > 0) return nothing;
  if (!areSignersCurrent(room, after))
    throw invalid("who signed before may not any more; this has to be asked for again");
  const lowered = found?.lower(entry);
  if (lowered !== undefined) return lowered;
  throw invalid("something else was read since, or who read it is gone; this has to be asked for again");
}

function recordAnswer(
  room: ApprovalRoom,
  { credential, signed }: Answer,
  { request, ceremony, signer, key }: Verified,
  found: Declassifiable | undefined,
): { readonly answered: Answered; readonly durable: Promise<void>; readonly what: "approved" | "refused" } {
  const { ports, table } = room;
  const { kind, role, slot } = checkAnswer(room, request, { signer, ceremony });
  const isRefused = kind === "refuse";
  const entry = randomId();
  const after = { ...request, given: [...request.given, { entry, role, slot, person: signer.ref }] };
  const lowered = isRefused ? nothing : loweredBy(room, after, { entry, found });
  const counted = ports.signers.countUse(credential, signCountOf(ceremony));
  if (counted === undefined) throw invalid("there is a copy of this passkey; tell your operator");
  const what = isRefused ? "refused" : "approved";
  const body = { person: signer.ref, credential: key.digest, role, slot };
  const leaf = {
    ...leafOf(request, what, body),
    id: entry,
    proof: proofOf(signed),
    content: { name: signer.name },
  };
  // What lowers a label has had its effect with the last signature; a call is still to be made.
  const isOver = isRefused || lowered !== nothing;
  const { durable } = ports.evidence.record(
    [leaf, ...lowered.drafts],
    [isOver ? goneRow(request) : rowOf(after), ...counted, ...lowered.changes],
  );
  lowered.apply();
  if (isOver) table.end(request, isRefused ? "refused" : "used");
  else table.put(after);
  const answered = {
    id: request.id,
    kind: isRefused ? "refuse" : "approve",
    missing: isRefused ? [] : missing(after),
  } as const;
  return { answered, durable, what };
}

/**
 * Takes a person's signed answer: checks it whole, records it, and lets it count once it is durable.
 * Trust: `answer` is attacker-controlled.
 * ORDER: everything between reading the request and recording the answer happens in one turn, so that nothing it was
 * checked against can change in between. The log is looked at before that, and for who holds a good signature alone.
 * @throws NarrowgateError `approval_invalid`; `evidence_unavailable` when it could not be kept: then nothing was approved
 */
export async function signApproval(room: ApprovalRoom, answer: Answer): Promise<Answered> {
  const { ports } = room;
  const seen = verifiedAnswer(room, answer);
  const { action } = seen.request;
  const found = isDeclassification(action) ? await ports.declassifiable(action) : undefined;
  const verified = isDeclassification(action) ? verifiedAnswer(room, answer) : seen;
  const { answered, durable, what } = recordAnswer(room, answer, verified, found);
  await durable;
  ports.tell(newsOf(room, verified.request, what));
  return answered;
}
