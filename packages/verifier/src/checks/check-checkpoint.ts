import { openedMember, type TrustedLog } from "@narrowgate/contracts";
import { fromBase64url, isNarrowgateError, toBase64url, toSha256Text, utf8 } from "@narrowgate/kernel";
import {
  type Checkpoint,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  type VerifierKey,
  verifyCheckpoint,
  verifyConsistency,
  type WitnessPolicy,
} from "@narrowgate/tlog";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";

/** The head everything else is proven against, and who saw it. */
export interface Head {
  readonly checkpoint: Checkpoint;
  readonly witnesses: readonly { readonly name: string; readonly time: number }[];
  /** The key that signed it. */
  readonly key: VerifierKey;
}

interface LogTrust {
  readonly key: VerifierKey;
  readonly policy: WitnessPolicy;
  readonly seen: TrustedLog | undefined;
}

const noWitnesses: WitnessPolicy = { witnesses: [], threshold: 0 };

/** Without a trust file the log's own genesis names the key: that makes the bundle consistent with itself, no more. */
function ownKey(evidence: Evidence): LogTrust | undefined {
  const [genesis] = entriesOf(evidence, "genesis");
  const text = openedMember(genesis?.openings.content, "log_key");
  if (typeof text !== "string") return undefined;
  return { key: parseVerifierKey(evidence.crypto.sha256, text), policy: noWitnesses, seen: undefined };
}

function trustFor(evidence: Evidence, origin: string): LogTrust | undefined {
  const { trust, crypto } = evidence;
  if (trust === undefined) return ownKey(evidence);
  const seen = trust.logs.find((log) => log.origin === origin);
  if (seen === undefined) return undefined;
  const witnesses = trust.witnesses.keys.map((key) => parseVerifierKey(crypto.sha256, key));
  const policy = { witnesses, threshold: trust.witnesses.threshold };
  return { key: parseVerifierKey(crypto.sha256, seen.key), policy, seen };
}

/** What is opened of the genesis leaf is what it names by digest. */
function checkGenesisContent(
  { crypto }: Evidence,
  findings: Findings,
  { leaf, openings }: Entry<"genesis">,
): void {
  const stated = { origin: leaf.body.origin_digest, log_key: leaf.body.log_key };
  for (const [name, expected] of Object.entries(stated)) {
    const opened = openedMember(openings.content, name);
    if (opened === undefined) continue;
    const isSame = typeof opened === "string" && toSha256Text(crypto.sha256(utf8(opened))) === expected;
    if (!isSame) findings.fail("E-24", `genesis opens to another ${name} than its leaf names`, leaf.id);
  }
}

function checkGenesis(evidence: Evidence, findings: Findings, origin: string): void {
  const { sha256 } = evidence.crypto;
  const trusted = evidence.trust?.logs.find((log) => log.origin === origin);
  for (const entry of entriesOf(evidence, "genesis")) {
    const { leaf, index, openings } = entry;
    if (index !== 0) findings.fail("E-22", "a genesis leaf stands inside the log", leaf.id);
    const expected = toSha256Text(sha256(utf8(origin)));
    if (leaf.body.origin_digest !== expected) findings.fail("E-24", "genesis names another origin", leaf.id);
    const key = trusted?.key ?? openedMember(openings.content, "log_key");
    if (typeof key === "string" && leaf.body.log_key !== toSha256Text(sha256(utf8(key)))) {
      findings.fail("E-24", "genesis names another log key", leaf.id);
    }
    checkGenesisContent(evidence, findings, entry);
  }
}

function checkSeen(checkpoint: Checkpoint, seen: TrustedLog | undefined, findings: Findings): void {
  if (seen === undefined) return;
  if (checkpoint.size < seen.size) {
    findings.fail(
      "E-24",
      `this proof ends at ${checkpoint.size} entries of the log, and the trust file has seen ${seen.size}: ` +
        "export the proof again, or the log was set back to an older copy",
    );
  } else if (checkpoint.size === seen.size && toBase64url(checkpoint.root) !== seen.root) {
    findings.fail("E-24", "the log has forked: another head of the same size was seen");
  }
}

function isConsistent(
  evidence: Evidence,
  old: Checkpoint,
  head: Checkpoint,
  proof: readonly string[],
): boolean {
  const outcome = verifyConsistency(evidence.crypto.sha256, {
    oldSize: old.size,
    oldRoot: old.root,
    size: head.size,
    root: head.root,
    proof: proof.map(fromBase64url),
  });
  return outcome.kind === "consistent";
}

/** Every earlier head is the log's own, signed by nobody else (whose word nothing here would check), and the head extends it. */
async function checkEarlier(
  evidence: Evidence,
  findings: Findings,
  head: Checkpoint,
  key: VerifierKey,
): Promise<readonly Checkpoint[]> {
  const earlier: Checkpoint[] = [];
  for (const { checkpoint: note, consistency } of evidence.bundle.earlier) {
    const outcome = await verifyCheckpoint(note, key, noWitnesses, evidence.crypto.verifyEd25519);
    if (outcome.kind === "refused") {
      findings.fail("E-24", `an earlier head is not the log's own: ${outcome.fault}`);
      continue;
    }
    if (outcome.note.signatures.length !== 1) {
      findings.fail("E-24", "an earlier head has another signature than the log's");
    }
    if (!isConsistent(evidence, outcome.checkpoint, head, consistency)) {
      findings.fail("E-24", "the head does not extend an earlier one");
    }
    earlier.push(outcome.checkpoint);
  }
  return earlier;
}

/** The head its reader has seen is one of the earlier ones, or the witnesses stand for that. */
function checkLinked(
  findings: Findings,
  { size }: Checkpoint,
  earlier: readonly Checkpoint[],
  { seen, policy }: LogTrust,
): void {
  if (seen === undefined || seen.size === 0 || seen.size >= size) return;
  const same = earlier.filter((old) => old.size === seen.size);
  if (same.some(({ root }) => toBase64url(root) !== seen.root)) {
    findings.fail("E-24", "the log has forked from the head you have seen");
  }
  if (same.length > 0) return;
  const missing = `the bundle does not show that its head extends the one you have seen (size ${seen.size})`;
  // A witness cosigns only what extends all it has seen; without one, nothing else speaks against a fork.
  if (policy.threshold > 0) findings.note(`${missing}: that rests on the witnesses`);
  else findings.fail("E-24", missing);
}

/** The origin a checkpoint names; undefined when it is malformed. */
export function originOf(note: string): string | undefined {
  try {
    return parseCheckpoint(parseNote(note).text).origin;
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

/**
 * Checks the head: signed by the log's key, cosigned as the trust file asks, not older than what was seen, extending
 * every earlier head.
 * @see docs/spec/evidence.md E-1, E-24
 */
export async function checkCheckpoint(evidence: Evidence, findings: Findings): Promise<Head | undefined> {
  const note = evidence.bundle.checkpoint;
  const origin = originOf(note);
  if (origin === undefined) {
    findings.fail("E-24", "the checkpoint is malformed");
    return undefined;
  }
  const logTrust = trustFor(evidence, origin);
  if (logTrust === undefined) {
    findings.fail(
      "E-24",
      evidence.trust === undefined
        ? "genesis and its log key are not opened"
        : "the trust file knows no log of this origin",
    );
    return undefined;
  }
  const outcome = await verifyCheckpoint(note, logTrust.key, logTrust.policy, evidence.crypto.verifyEd25519);
  if (outcome.kind === "refused") {
    findings.fail("E-24", `the checkpoint is refused: ${outcome.fault}`);
    return undefined;
  }
  const { key } = logTrust;
  const head: Head = { checkpoint: outcome.checkpoint, witnesses: outcome.witnesses, key };
  checkGenesis(evidence, findings, origin);
  checkSeen(head.checkpoint, logTrust.seen, findings);
  const earlier = await checkEarlier(evidence, findings, head.checkpoint, logTrust.key);
  checkLinked(findings, head.checkpoint, earlier, logTrust);
  return head;
}
