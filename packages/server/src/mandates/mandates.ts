import type {
  EpochPair,
  LeafDraft,
  MandateDocument,
  MandateReader,
  MandateRecord,
  StateChange,
  SubjectBasis,
} from "@narrowgate/contracts";
import { mandateDigest } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError, randomId } from "@narrowgate/kernel";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { checkAuthority } from "./check-authority.ts";
import { checkEntitled, createEntitledCheck } from "./check-entitled.ts";
import { checkIntent } from "./check-intent.ts";
import { createMandateTable, type MandateTable } from "./mandate-table.ts";
import type { MandatePorts } from "./ports.ts";
import { formatRecord, loadMandates, MANDATE_ROOM, type StoredMandate } from "./stored-mandate.ts";
import { createSubjectRefs, type SubjectRefs } from "./subject-refs.ts";

/** Open mandates, all in all and of one agent: what a caller with a valid key can make this process hold. */
const MAX_OPEN = 500_000;
const MAX_OPEN_OF_AGENT = 4096;

/** Why a mandate ends. */
export type EndReason = "closed" | "expired";

/** Who ends a mandate; an operator with the signed request that asks for it. */
export type EndedBy =
  | { readonly by: "operator"; readonly operator: string; readonly request: string }
  | { readonly by: "owner" | "system" };

/** What somebody asks to open. */
export interface OpenRequest {
  readonly document: MandateDocument;
  /** ID token or ID-JAG whose `nonce` is the mandate digest; absent = the agent or an operator only says so. */
  readonly assertion?: string;
  /** `person`: by her word on our own page; `assertion` is then the consent room's own statement over this document. */
  readonly by: "agent" | "operator" | "person";
  /** The exact request the operator signed, a compact JWS; sealed with the leaf. */
  readonly request?: string;
}

/** A mandate an agent opens on its own behalf, to be recorded together with its first token. */
export interface AutonomousMandate {
  readonly mandate: MandateRecord;
  readonly draft: LeafDraft;
  readonly changes: readonly StateChange[];
  /** Call in the turn the group is queued: from then on the mandate is open. */
  admit(): void;
}

/** The mandates room: the root of every delegation chain. */
export interface Mandates extends MandateReader {
  open(request: OpenRequest): Promise<MandateRecord>;
  openAutonomous(input: {
    readonly agent: string;
    readonly authority: JsonObject;
    readonly nowMs: number;
  }): AutonomousMandate;
  /** Ends a mandate: one group of leaves, and everything below is revoked. Ending twice is no error. */
  end(id: string, reason: EndReason, by: EndedBy): Promise<void>;
  /** Those under which a request would be taken now: what was revoked, lapsed or is over stays out, though it is not ended yet. */
  list(): readonly MandateRecord[];
  /** When an open one was last used, Unix milliseconds; undefined when it was not since it, or this process, began. */
  lastUsedMs(id: string): number | undefined;
  /** Ends what has expired or lapsed; compose calls it on a timer. */
  sweep(): Promise<void>;
}

interface Room {
  readonly ports: MandatePorts;
  readonly table: MandateTable;
  readonly subjects: SubjectRefs;
  /** Whether an open mandate is within what its person is entitled to now. */
  readonly isEntitled: (mandate: MandateRecord) => boolean;
}

/** Loads the open mandates before the first request is served. */
export async function openMandates(ports: MandatePorts): Promise<Mandates> {
  const table = createMandateTable();
  for (const record of await loadMandates(ports.state)) table.put(record);
  const isEntitled = createEntitledCheck(ports.entitlements);
  const room: Room = { ports, table, subjects: createSubjectRefs(ports.state), isEntitled };
  return {
    mandate: (id) => table.get(id),
    checkOpen: (id, nowMs) => checkOpen(room, id, nowMs),
    open: (request) => openMandate(room, request),
    openAutonomous: (input) => openAutonomous(room, input),
    end: (id, reason, by) => endMandate(room, id, reason, by),
    list: () => listLive(room),
    lastUsedMs: (id) => lastUsedMs(room, id),
    sweep: () => sweep(room),
  };
}

function lastUsedMs({ table }: Room, id: string): number | undefined {
  const mandate = table.get(id);
  const usedMs = table.lastUsedMs(id);
  return mandate?.state === "open" && usedMs > mandate.openedAtMs ? usedMs : undefined;
}

/** Whether a mandate was left unused for longer than its own limit, or ours. */
function isIdle({ table, ports }: Room, { id, document }: MandateRecord, nowMs: number): boolean {
  return nowMs - table.lastUsedMs(id) > idleSeconds(document, ports) * 1000;
}

function idleSeconds(document: MandateDocument, { bounds }: MandatePorts): number {
  return Math.min(document.idleSeconds, bounds.maxIdleSeconds);
}

type Standing = ReturnType<MandateReader["checkOpen"]>;

function standingAt(room: Room, id: string, nowMs: number): Standing {
  const mandate = room.table.get(id);
  if (mandate === undefined) return { kind: "refused", code: "mandate_unknown" };
  if (mandate.state === "closed") return { kind: "refused", code: "mandate_closed" };
  if (mandate.state === "expired" || mandate.document.expires * 1000 <= nowMs)
    return { kind: "refused", code: "mandate_expired" };
  // What was revoked does not come back: a new token under an old mandate would carry the new epochs.
  if (room.ports.epochs.firstDead(mandate.rests) !== undefined) return { kind: "refused", code: "revoked" };
  if (isIdle(room, mandate, nowMs)) return { kind: "refused", code: "mandate_idle" };
  if (!room.isEntitled(mandate)) return { kind: "refused", code: "not_entitled" };
  return { kind: "open", mandate };
}

function checkOpen(room: Room, id: string, nowMs: number): Standing {
  const standing = standingAt(room, id, nowMs);
  if (standing.kind === "open") room.table.touch(id, nowMs);
  return standing;
}

function listLive(room: Room): readonly MandateRecord[] {
  const { clock, epochs } = room.ports;
  const nowMs = clock.nowMs();
  return room.table
    .open()
    .filter(({ id }) => epochs.current(`mandate:${id}`) === 0 && standingAt(room, id, nowMs).kind === "open");
}

function leafOf({ ports }: Room, record: MandateRecord, action: "opened" | EndReason): LeafDraft {
  const { document } = record;
  return {
    type: "mandate",
    ...(action === "opened" ? { id: record.entry } : {}),
    txn: record.txn,
    body: {
      action,
      mandate: record.id,
      subject: record.subjectRef,
      basis: record.basis,
      digest: record.digest,
      expires: document.expires * 1000,
      idle_s: idleSeconds(document, ports),
    },
  };
}

/** What is sealed of a mandate: with the mapping it was compared with, if one is in force. */
function openedContent({ ports }: Room, { document, groups }: MandateRecord): JsonObject {
  const mapping = ports.entitlements();
  return {
    document,
    ...(mapping === undefined ? {} : { entitlements: mapping.entry }),
    ...(groups === undefined ? {} : { groups }),
  };
}

/** Epochs of what a mandate rests on: everything, its person and its agent. */
function restsOn({ ports }: Room, agent: string, subjectRef: string): readonly EpochPair[] {
  const agentRef = ports.registry.agent(agent)?.ref ?? "";
  return ["all:all", `agent:${agentRef}`, `subject:${subjectRef}`].map(
    (kindRef): EpochPair => [kindRef, ports.epochs.current(kindRef)],
  );
}

function checkCount({ table }: Room, agent: string): void {
  const { all, ofAgent } = table.count(agent);
  if (all >= MAX_OPEN || ofAgent >= MAX_OPEN_OF_AGENT)
    throw new NarrowgateError("overloaded", "too many mandates are open; close some, or wait until they end");
}

/** The subject's ref: an agent on its own behalf goes by its own. */
function refOf(
  { ports, subjects }: Room,
  { agent, subject }: MandateDocument,
): ReturnType<SubjectRefs["refOf"]> {
  const own = subject === `agent:${agent}` ? ports.registry.agent(agent)?.ref : undefined;
  return own === undefined ? subjects.refOf(subject) : Promise.resolve({ ref: own, changes: [] });
}

function recordOf(
  room: Room,
  document: MandateDocument,
  subjectRef: string,
  { basis, groups }: Grounds,
): StoredMandate {
  return {
    id: randomId(),
    txn: room.ports.openTransaction(),
    entry: randomId(),
    document,
    digest: mandateDigest(nodeSha256, document),
    subjectRef,
    basis,
    ...(groups === undefined ? {} : { groups }),
    state: "open",
    openedAtMs: room.ports.clock.nowMs(),
    rests: restsOn(room, document.agent, subjectRef),
  };
}

/** How the subject came into a mandate, and the groups her issuer states. */
interface Grounds {
  readonly basis: SubjectBasis;
  readonly groups?: readonly string[];
}

/** The basis of the mandate: the person's own signature over its digest, or only somebody's word. */
async function groundsOf(room: Room, { document, assertion, by }: OpenRequest): Promise<Grounds> {
  if (assertion === undefined) return { basis: by === "operator" ? "operator" : "asserted_by_agent" };
  // INVARIANT: no agent comes this way: an ID token of our own issuer is none that it could bring along.
  if (by === "person") return { basis: "signed_by_subject" };
  const verified = await room.ports.verifySubject(assertion);
  if (verified.kind === "refused") throw new NarrowgateError(verified.code, verified.description);
  if (verified.subject !== document.subject)
    throw new NarrowgateError("invalid_grant", "the assertion is about another person than the mandate");
  if (verified.agent !== undefined && verified.agent !== document.agent)
    throw new NarrowgateError(
      "invalid_grant",
      "the assertion was issued to another agent than the mandate names",
    );
  // INVARIANT: only the mandate digest as nonce binds the person to this mandate; anything else is somebody's word.
  const isSigned = verified.nonce === mandateDigest(nodeSha256, document);
  const groups = verified.groups === undefined ? {} : { groups: verified.groups };
  return { basis: isSigned ? "signed_by_subject" : "asserted_by_agent", ...groups };
}

async function openMandate(room: Room, asked: OpenRequest): Promise<MandateRecord> {
  const { ports, table } = room;
  const { document, assertion, request } = asked;
  checkAuthority(document, ports);
  checkIntent(document, ports);
  const grounds = await groundsOf(room, asked);
  const { ref, changes } = await refOf(room, document);
  // ORDER: asked again in the turn of the record, for the agent may have been suspended meanwhile.
  checkAuthority(document, ports);
  checkEntitled({ document, ...grounds }, ports.entitlements());
  checkCount(room, document.agent);
  // INVARIANT: a person's signature opens one mandate; else its caps would count anew, and closing it would not last.
  if (
    grounds.basis === "signed_by_subject" &&
    !ports.takeOnce(mandateDigest(nodeSha256, document), document.expires * 1000)
  )
    throw new NarrowgateError("replayed", "this mandate was opened before; the person has to sign a new one");
  const record = recordOf(room, document, ref, grounds);
  const proof = {
    ...(assertion === undefined ? {} : { subject_assertion: assertion }),
    ...(request === undefined ? {} : { request }),
  };
  const leaf: LeafDraft = {
    ...leafOf(room, record, "opened"),
    ...(Object.keys(proof).length === 0 ? {} : { proof }),
    content: openedContent(room, record),
  };
  const stored = { room: MANDATE_ROOM, key: record.id, value: formatRecord(record) };
  const { durable } = ports.evidence.record([leaf], [...changes, stored]);
  // ORDER: in the turn it is queued, so that those under way are counted; nobody knows its id before it is durable.
  table.put(record);
  await durable;
  return record;
}

function openAutonomous(
  room: Room,
  {
    agent,
    authority,
    nowMs,
  }: { readonly agent: string; readonly authority: JsonObject; readonly nowMs: number },
): AutonomousMandate {
  const { ports, table } = room;
  checkCount(room, agent);
  const subjectRef = ports.registry.agent(agent)?.ref ?? "";
  const life = ports.bounds.autonomousLifeSeconds;
  const document: MandateDocument = {
    v: 1,
    salt: randomId(),
    agent,
    subject: `agent:${agent}`,
    purpose: "on its own behalf",
    authority,
    expires: Math.floor(nowMs / 1000) + life,
    idleSeconds: life,
  };
  const mandate = recordOf(room, document, subjectRef, { basis: "asserted_by_agent" });
  return {
    mandate,
    draft: { ...leafOf(room, mandate, "opened"), content: { document } },
    changes: [{ room: MANDATE_ROOM, key: mandate.id, value: formatRecord(mandate) }],
    admit: () => table.put(mandate),
  };
}

/** How the revocation that goes with the end names who asked. */
function revokedBy(
  by: EndedBy,
): Pick<Parameters<MandatePorts["prepareRevocation"]>[0], "by" | "operator" | "proof"> {
  return by.by === "operator" ? { by: "operator", operator: by.operator, proof: by.request } : by;
}

async function endMandate(room: Room, id: string, reason: EndReason, by: EndedBy): Promise<void> {
  const { ports, table } = room;
  const record = table.get(id);
  if (record === undefined) throw new NarrowgateError("mandate_unknown", "there is no such mandate");
  if (record.state !== "open") return;
  const revocation = ports.prepareRevocation({
    kind: "mandate",
    id,
    ...revokedBy(by),
    reason: `mandate ${reason}`,
    txn: record.txn,
  });
  const proof = by.by === "operator" ? { proof: { request: by.request } } : {};
  const ended = ports.endTransaction(record.txn);
  const leaves = [...ended.drafts, { ...leafOf(room, record, reason), ...proof }, revocation.draft];
  const closing: LeafDraft = {
    type: "closing",
    txn: record.txn,
    body: { entries: ports.transactionLength(record.txn) + leaves.length },
  };
  // ORDER: counted, queued and applied in one turn, so that no leaf can come between the count and the closing.
  const { durable } = ports.evidence.record(
    [...leaves, closing],
    [...revocation.changes, ...ended.changes, { room: MANDATE_ROOM, key: id, value: null }],
  );
  revocation.apply();
  table.end({ ...record, state: reason });
  await durable;
  revocation.announce();
}

async function sweep(room: Room): Promise<void> {
  const nowMs = room.ports.clock.nowMs();
  for (const mandate of room.table.open()) {
    const isOver = isIdle(room, mandate, nowMs) || mandate.document.expires * 1000 <= nowMs;
    if (isOver) await endMandate(room, mandate.id, "expired", { by: "system" });
  }
}
