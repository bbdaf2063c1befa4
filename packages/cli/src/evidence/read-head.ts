import { NarrowgateError, sha256 } from "@narrowgate/kernel";
import {
  type Checkpoint,
  parseVerifierKey,
  verifyCheckpoint,
  type WitnessedAt,
  type WitnessPolicy,
} from "@narrowgate/tlog";
import { nodeCrypto } from "@narrowgate/verifier/node";
import type { AdminClient } from "../admin/admin-client.ts";
import { asObject, textAt } from "../admin/read-answer.ts";

/** Whom a head is held against. */
export interface LogIdentity {
  readonly origin: string;
  /** Verifier key. */
  readonly key: string;
}

/** A signed head whose signatures were checked. */
export interface Head {
  /** The signed note, as published. */
  readonly note: string;
  readonly checkpoint: Checkpoint;
  readonly witnesses: readonly WitnessedAt[];
}

/** Nobody's cosignature is asked for. */
export const NO_WITNESSES: WitnessPolicy = { witnesses: [], threshold: 0 };

/** The witnesses of verifier keys. @throws `malformed_input` */
export function witnessPolicy(keys: readonly string[], threshold: number): WitnessPolicy {
  return { witnesses: keys.map((key) => parseVerifierKey(sha256, key)), threshold };
}

/** What the instance says its log is. Trust: only as good as the instance; to be compared out of band. */
export async function statedLog(admin: AdminClient): Promise<LogIdentity> {
  const log = asObject((await admin.read("/status")).log);
  return { origin: textAt(log, "origin"), key: textAt(log, "key") };
}

/**
 * Reads a fresh head and checks its signatures.
 * @throws `verification_failed` naming the first rule that fails
 */
export async function readHead(
  admin: AdminClient,
  { origin, key }: LogIdentity,
  policy: WitnessPolicy,
): Promise<Head> {
  const note = new TextDecoder().decode(await admin.bytes("/log/checkpoint"));
  const logKey = parseVerifierKey(sha256, key);
  const outcome = await verifyCheckpoint(note, logKey, policy, nodeCrypto().verifyEd25519);
  if (outcome.kind === "refused")
    throw new NarrowgateError(
      "verification_failed",
      `the checkpoint of ${origin} is refused: ${outcome.fault}`,
    );
  return { note, checkpoint: outcome.checkpoint, witnesses: outcome.witnesses };
}
