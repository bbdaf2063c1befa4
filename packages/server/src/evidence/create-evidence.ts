import type { Environment, LeafDraft } from "@narrowgate/contracts";
import { NarrowgateError, randomId } from "@narrowgate/kernel";
import { Frontier, formatVerifierKey } from "@narrowgate/tlog";
import { nodeSha256, sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import type { StateRow } from "../platform/store/store.ts";
import { type Anchor, AnchorFile, readAnchor } from "./anchor.ts";
import { ChainHeads } from "./chain-heads.ts";
import { anchorOf, logVerifierKey } from "./checkpoints.ts";
import { stateRolledBack } from "./errors.ts";
import { DEFAULT_WINDOW_MS, type EvidenceSetup } from "./evidence.ts";
import { EMPTY_FEED } from "./feed.ts";
import { firstKeyLeaves } from "./key-leaves.ts";
import { LeafWriter } from "./leaf-writer.ts";
import { Sealer } from "./sealing.ts";
import { DEFAULT_QUEUE_LIMITS, Sequencer } from "./sequencer.ts";
import { TreeEdge } from "./tree-edge.ts";
import { cleanRow, type WriterIdentity, writerRow } from "./writer-row.ts";

/** What a new log is called. */
export interface NewLog {
  /** Host and port of the base URL, e.g. `gate.example:8443`. */
  readonly authority: string;
  readonly environment: Environment;
}

/** What stands in a new log beside its first leaves. */
export interface FirstCommit {
  /** Head of the log that this one continues. */
  readonly previous?: { readonly size: number; readonly root: string; readonly origin_digest: string };
  /** Id of the genesis, where leaves of the commit name it. */
  readonly genesis?: string;
  /** Leaves after genesis and keys. */
  readonly leaves: readonly LeafDraft[];
  readonly rows: readonly StateRow[];
}

function genesis(
  { origin, environment }: WriterIdentity,
  logKey: string,
  { previous, genesis: id }: FirstCommit,
): LeafDraft {
  return {
    type: "genesis",
    ...(id === undefined ? {} : { id }),
    body: {
      origin_digest: sha256Base64url(origin),
      environment,
      log_key: sha256Base64url(logKey),
      ...(previous === undefined ? {} : { previous: { ...previous } }),
    },
    content: { origin, log_key: logKey },
  };
}

/**
 * Begins a log in an empty store, in one commit, and anchors it.
 * @throws `conflict` when the store holds a log
 */
export async function beginLog(
  setup: EvidenceSetup,
  log: NewLog,
  first: FirstCommit,
): Promise<WriterIdentity> {
  const { store, custody, clock } = setup;
  if ((await store.tree()).size !== 0) throw new NarrowgateError("conflict", "the store holds a log already");
  const writerId = randomId();
  const identity = { writerId, origin: `${log.authority}/log/${writerId}`, environment: log.environment };
  const anchor = new AnchorFile(setup.anchorPath, custody.log);
  const edge = new TreeEdge(new Frontier(nodeSha256));
  const sealer = new Sealer(custody.keyEncryption);
  const sequencer = new Sequencer({
    store,
    edge,
    sealer,
    writer: new LeafWriter({
      position: { id: writerId, next: 0, prev: null, lastAtMs: 0, feed: EMPTY_FEED },
      heads: new ChainHeads(writerId, setup.windowMs ?? DEFAULT_WINDOW_MS),
      sealer,
      clock,
      onClockBehind: setup.onClockBehind ?? (() => undefined),
    }),
    limits: DEFAULT_QUEUE_LIMITS,
    afterRevocation: async () => undefined,
    onFatal: () => undefined,
  });
  // ORDER: an anchor of size 0 before the log. If we crash in between, the store is empty and may be begun again; if
  // after the commit, the anchor is behind the store, which is well.
  await anchor.write(anchorOf(identity.origin, sequencer.durable));
  const logKey = formatVerifierKey(logVerifierKey(identity.origin, custody.log));
  const leaves = [genesis(identity, logKey, first), ...firstKeyLeaves(custody), ...first.leaves];
  const rows = [writerRow(identity), cleanRow(true), ...first.rows];
  await sequencer.append(leaves, rows, []).durable;
  await anchor.write(anchorOf(identity.origin, sequencer.durable));
  return identity;
}

async function anchorIfAny(setup: EvidenceSetup): Promise<Anchor | undefined> {
  return readAnchor(setup.anchorPath, setup.custody.log).catch(() => undefined);
}

/**
 * Begins the log of a new instance: `genesis` and the `key` leaves. Open it with `openEvidence`.
 * @throws `conflict` when the store holds a log, `state_rolled_back` when the anchor knows a log that has leaves: the
 * store was emptied, and only `recover` may go on
 * @see docs/spec/evidence.md section 4
 */
export async function createEvidence(setup: EvidenceSetup, log: NewLog): Promise<WriterIdentity> {
  const known = await anchorIfAny(setup);
  if (known !== undefined && known.size > 0)
    throw stateRolledBack("the anchor knows a log, the store is empty");
  return beginLog(setup, log, { leaves: [], rows: [] });
}
