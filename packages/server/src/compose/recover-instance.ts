import { type Clock, isNarrowgateError, NarrowgateError, systemClock } from "@narrowgate/kernel";
import type { Config } from "../config/config.ts";
import { EPOCH_ROOM, revokedEverything } from "../containment/containment.ts";
import { readAnchor } from "../evidence/anchor.ts";
import { isIntact } from "../evidence/is-intact.ts";
import { recoverEvidence } from "../evidence/recover-evidence.ts";
import { loadWriter } from "../evidence/writer-row.ts";
import { SUBJECT_REF_ROOM } from "../mandates/subject-refs.ts";
import { OPERATOR_ROOM } from "../operators/stored-operator.ts";
import { PERSON_ROOM } from "../people/index.ts";
import type { KeyCustody } from "../platform/keys/custody.ts";
import { openFileCustody } from "../platform/keys/file-custody.ts";
import type { Store } from "../platform/store/store.ts";
import { OVERLAY_ROOM } from "../policy-bundles/index.ts";
import { ROOM_AGENT, ROOM_ISSUER, ROOM_PIN, ROOM_SERVER, ROOM_SINGLE } from "../registry/rows.ts";
import { HOLD_ROOM } from "../retention/index.ts";
import type { Report } from "./report.ts";
import { type StorePlaces, storePlaces } from "./store-places.ts";
import { untrustStores } from "./untrust-stores.ts";
import { WITNESS_ROOM } from "./witness-list.ts";

/**
 * What goes over: registrations, each stated anew, names given once, and epochs, which never fall.
 * What does not, because a lost tail may have ended it: mandates, instances, join codes, used hand-offs, passkeys. Agents
 * enrol or attest again, people are given codes.
 */
const CARRIED = [
  OPERATOR_ROOM,
  PERSON_ROOM,
  ROOM_AGENT,
  ROOM_SERVER,
  ROOM_ISSUER,
  ROOM_PIN,
  ROOM_SINGLE,
  WITNESS_ROOM,
  HOLD_ROOM,
  OVERLAY_ROOM,
  SUBJECT_REF_ROOM,
  EPOCH_ROOM,
];

interface Recovery {
  readonly config: Config;
  readonly clock: Clock;
  readonly custody: KeyCustody;
  readonly places: StorePlaces;
}

/** Did an earlier recovery get as far as the new log's first commit? */
async function isBegun({ config, custody, places }: Recovery): Promise<boolean> {
  const fresh = await places.openFresh();
  if (fresh === null) return false;
  try {
    const { origin } = await loadWriter(fresh);
    return (await readAnchor(config.anchorFile, custody.log)).origin === origin;
  } catch (error) {
    if (isNarrowgateError(error)) return false;
    throw error;
  } finally {
    await fresh.close();
  }
}

async function recoverInto(fresh: Store, lost: Store | null, recovery: Recovery): Promise<void> {
  const { config, clock, custody } = recovery;
  const setup = { custody, clock, anchorPath: config.anchorFile };
  if (lost !== null && (await isIntact({ ...setup, store: lost })))
    throw new NarrowgateError("conflict", "the store matches its anchor; there is nothing to recover from");
  await recoverEvidence(
    { ...setup, store: fresh },
    { authority: new URL(config.baseUrl).host, environment: config.environment },
    { store: lost, carry: CARRIED, labels: untrustStores, changes: revokedEverything },
  );
}

async function beginAnew(recovery: Recovery): Promise<void> {
  const { places } = recovery;
  const lost = await places.openLost();
  try {
    await places.dropFresh();
    const fresh = await places.createFresh();
    await recoverInto(fresh, lost, recovery).finally(() => fresh.close());
  } finally {
    await lost?.close();
  }
}

/**
 * Gives up a store that was lost or is older than its anchor, and begins a new log beside it: everything issued under the
 * old one is dead, and every registration is stated anew. The lost store is kept; the instance is opened afterwards.
 * If we crash during it, recovering again goes on or begins anew.
 * @throws `conflict` when the store matches its anchor, `store_locked` when a server runs on it, `state_rolled_back` when
 * neither store nor anchor is left, `verification_failed` when a registration cannot be read from the lost store
 */
export async function recoverInstance(
  config: Config,
  report: Report,
  clock: Clock = systemClock,
): Promise<void> {
  const custody = await openFileCustody(`${config.dataDirectory}/keys`);
  const recovery = { config, clock, custody, places: storePlaces(config, clock) };
  if (!(await isBegun(recovery))) await beginAnew(recovery);
  await recovery.places.swap();
  report({
    kind: "recovered",
    detail: "a new log was begun; every earlier token is dead, agents enrol again",
  });
}
