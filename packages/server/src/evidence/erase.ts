import type { Recorded, SealedPart } from "@narrowgate/contracts";
import { scanRoom } from "../platform/store/scan-room.ts";
import type { Store } from "../platform/store/store.ts";
import { ROOM_SEAL_KEY } from "./rooms.ts";
import type { Sealer } from "./sealing.ts";
import type { Sequencer } from "./sequencer.ts";

/** What is to be erased, and by what right. */
export interface ErasureOrder {
  readonly txn: string;
  readonly parts: readonly SealedPart[];
  /** Name of the rule, e.g. `retention.90d`; public. */
  readonly rule: string;
  /** Ref of the operator. */
  readonly operator: string;
  /** The operator's signed request. */
  readonly request?: string;
  /** Asked in the last moment, when nothing can come between: throws where it may not be erased any more. */
  readonly guard?: () => void;
}

/**
 * Erases parts of a transaction whose chain is in memory.
 * What was recorded before the erasure leaf goes; what is sealed after it is under younger keys and stays.
 */
export async function eraseParts(
  { store, sequencer, sealer }: { store: Store; sequencer: Sequencer; sealer: Sealer },
  { txn, parts, rule, operator, request, guard = () => undefined }: ErasureOrder,
): Promise<Recorded> {
  const scope = `txn/${txn}`;
  const keyIds = new Set<string>();
  // ORDER: all keys made so far must be in the store before it is asked for them.
  await sequencer.flush();
  for (const part of parts) {
    for await (const { key } of scanRoom(store, ROOM_SEAL_KEY, `${scope}/${part}/`)) keyIds.add(key);
  }
  guard();
  // ORDER: nothing runs between these lines and the erasure's place in the log, so no key is missed or outlives it.
  for (const keyId of sealer.retire(scope, parts)) keyIds.add(keyId);
  const body = { txn, parts: [...parts].sort(), rule, operator };
  const draft = {
    type: "erasure" as const,
    txn,
    body,
    ...(request === undefined ? {} : { proof: { request } }),
  };
  const rows = [...keyIds].map((key) => ({ room: ROOM_SEAL_KEY, key, value: null }));
  return sequencer.append([draft], rows, [...keyIds]);
}
