import { setTimeout } from "node:timers/promises";
import { NarrowgateError, sha256 } from "@narrowgate/kernel";
import {
  type Checkpoint,
  type CheckpointFault,
  parseVerifierKey,
  verifyCheckpoint,
  type WitnessedAt,
  type WitnessPolicy,
} from "@narrowgate/tlog";
import { nodeCrypto } from "@narrowgate/verifier/node";
import type { AdminClient } from "../admin/admin-client.ts";
import { asObject, textAt } from "../admin/read-answer.ts";

const MAX_TRIES = 10;
const WAIT_MS = 500;

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

async function attempt(
  admin: AdminClient,
  { key }: LogIdentity,
  policy: WitnessPolicy,
): Promise<Head | CheckpointFault> {
  const note = new TextDecoder().decode(await admin.bytes("/log/checkpoint"));
  const logKey = parseVerifierKey(sha256, key);
  const outcome = await verifyCheckpoint(note, logKey, policy, nodeCrypto().verifyEd25519);
  if (outcome.kind === "refused") return outcome.fault;
  return { note, checkpoint: outcome.checkpoint, witnesses: outcome.witnesses };
}

/**
 * Reads a fresh head and checks its signatures. Witnesses get a few seconds to cosign it.
 * @throws `verification_failed` naming the first rule that fails
 */
export async function readHead(
  admin: AdminClient,
  identity: LogIdentity,
  policy: WitnessPolicy,
): Promise<Head> {
  for (let tries = 1; ; tries++) {
    const head = await attempt(admin, identity, policy);
    if (typeof head !== "string") return head;
    if (head !== "too_few_witnesses" || tries === MAX_TRIES)
      throw new NarrowgateError(
        "verification_failed",
        `the checkpoint of ${identity.origin} is refused: ${head}`,
      );
    await setTimeout(WAIT_MS);
  }
}
