import type { Clock } from "@narrowgate/kernel";
import type { Evidence } from "../evidence/evidence.ts";
import { tokenKeyAdded, tokenKeyAddedAtMs, tokenKeyRetired } from "../evidence/key-leaves.ts";
import type { KeyCustody, TokenKey } from "../platform/keys/custody.ts";

/** How long a superseded key still verifies: well beyond the longest token, a quarter of an hour. */
const KEY_OVERLAP_MS = 60 * 60_000;
/** How long a new key is published before it signs, so that caches of the key set know it by then. */
const PUBLISH_AHEAD_MS = 10 * 60_000;

/** What rotation works on. */
export interface RotationPorts {
  readonly custody: KeyCustody;
  readonly evidence: Evidence;
  readonly clock: Clock;
  /** Age at which the signing key is superseded. */
  readonly everyMs: number;
}

/** Rotation of the token keys: nobody asks for it, and no token is lost by it. */
export interface TokenKeyRotation {
  /** Does what is due: publishes the next key, lets it sign, retires what is beyond its overlap. Call it on a timer. */
  tick(): Promise<void>;
  /** Lets a new key sign now. @returns its kid */
  rotate(): Promise<string>;
}

/** The key that was added and has not signed yet. */
function nextKey(custody: KeyCustody): TokenKey | undefined {
  const { kid } = custody.signingTokenKey();
  return custody.tokenKeys().find((key) => key.kid !== kid && key.supersededAtMs === null);
}

async function publishNext({ custody, evidence }: RotationPorts): Promise<TokenKey> {
  const waiting = nextKey(custody);
  if (waiting !== undefined) return waiting;
  const added = await custody.addTokenKey();
  await evidence.record([tokenKeyAdded(added)]).durable;
  return added;
}

async function retireOld({ custody, evidence, clock }: RotationPorts): Promise<void> {
  // If we crash between the two, the next start finds the key gone and writes its leaf.
  const gone = await custody.retireTokenKeys(clock.nowMs(), KEY_OVERLAP_MS);
  if (gone.length > 0) await evidence.record(gone.map(tokenKeyRetired)).durable;
}

/**
 * Opens rotation. The age of the signing key is counted from the leaf that added it, so that restarts do not put it off.
 * INVARIANT: a key signs only once the leaf that adds it is durable.
 */
export async function openTokenKeyRotation(ports: RotationPorts): Promise<TokenKeyRotation> {
  const { custody, clock, everyMs } = ports;
  let sinceMs =
    (await tokenKeyAddedAtMs(ports.evidence.store, custody.signingTokenKey().kid)) ?? clock.nowMs();
  let running: Promise<unknown> = Promise.resolve();
  const rotate = async (): Promise<string> => {
    const { kid } = await publishNext(ports);
    await custody.activateTokenKey(kid, clock.nowMs());
    sinceMs = clock.nowMs();
    return kid;
  };
  const tick = async (): Promise<void> => {
    const age = clock.nowMs() - sinceMs;
    if (age >= everyMs) await rotate();
    else if (age >= everyMs - PUBLISH_AHEAD_MS) await publishNext(ports);
    await retireOld(ports);
  };
  // One at a time, or two ticks would add two keys.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = running.then(work);
    running = done.catch(() => undefined);
    return done;
  };
  return { tick: () => inTurn(tick), rotate: () => inTurn(rotate) };
}
