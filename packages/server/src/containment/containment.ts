import type { EpochPair, EpochReader, LeafDraft, RevocableKind, StateChange } from "@narrowgate/contracts";
import { readInteger } from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";
import { EpochTable } from "./epoch-table.ts";
import type { ContainmentPorts } from "./ports.ts";

/** Room of the state table that holds epochs, by `kind:ref`. */
export const EPOCH_ROOM = "epoch";
const FEED_ROOM = "feed";

/** Who revokes what, and why. `id` is a ref or a token name, never a name of a person or agent. */
export interface RevocationRequest {
  readonly kind: RevocableKind;
  readonly id: string;
  readonly by: "operator" | "owner" | "system";
  readonly operator?: string;
  /** Signed request of the operator, sealed. */
  readonly proof?: string;
  readonly reason: string;
  readonly name?: string;
  /** Transaction the leaf belongs to, when only one is hit. */
  readonly txn?: string;
  readonly agent?: string;
}

/** A revocation in the making, for rooms that revoke together with something else (a mandate that closes). */
export interface PreparedRevocation {
  readonly draft: LeafDraft;
  readonly changes: readonly StateChange[];
  /** Call in the same turn as `record`: from then on nothing below is let through. */
  apply(): void;
  /** Call once durable. */
  announce(): void;
}

/** Revocation by epochs: one durable write, whatever hangs below. @see architecture invariant 7 */
export interface Containment extends EpochReader {
  prepare(request: RevocationRequest): PreparedRevocation;
  /** Revokes, durably. @returns feed position and the new epoch */
  revoke(request: RevocationRequest): Promise<{ readonly feed: number; readonly epoch: number }>;
  /** Ids with an epoch above zero. */
  revokedCount(): number;
}

/** State of a new log in which everything was revoked in its first commit, at position 1 of its feed. */
export function revokedEverything(epochAll: number): readonly StateChange[] {
  return [
    { room: EPOCH_ROOM, key: "all:all", value: epochAll },
    { room: FEED_ROOM, key: "position", value: 1 },
  ];
}

/** Loads all epochs before the first request is served. */
export async function openContainment(ports: ContainmentPorts): Promise<Containment> {
  const table = new EpochTable();
  await loadEpochs(ports, table);
  const feed = await ports.state.get(FEED_ROOM, "position");
  return createContainment(ports, table, feed === null ? 0 : readInteger(feed, "/feed", { min: 0 }));
}

async function loadEpochs({ state }: ContainmentPorts, table: EpochTable): Promise<void> {
  const epochs = await loadRows(
    state,
    EPOCH_ROOM,
    (value, path, key) => [key, readInteger(value, path, { min: 1 })] as const,
  );
  for (const [key, epoch] of epochs) table.raise(key, epoch);
}

function draftOf(request: RevocationRequest, feed: number, epoch: number): LeafDraft {
  const { kind, id, by, operator, proof, reason, name, txn, agent } = request;
  return {
    type: "revocation",
    ...(txn === undefined ? {} : { txn }),
    ...(agent === undefined ? {} : { agent }),
    body: { feed, kind, id, epoch, by, ...(operator === undefined ? {} : { operator }) },
    ...(proof === undefined ? {} : { proof: { request: proof } }),
    content: { reason, ...(name === undefined ? {} : { name }) },
  };
}

function createContainment(ports: ContainmentPorts, table: EpochTable, position: number): Containment {
  let feed = position;
  const prepare = (request: RevocationRequest): PreparedRevocation & { feed: number; epoch: number } => {
    const kindRef = `${request.kind}:${request.id}`;
    const next = feed + 1;
    const epoch = table.get(kindRef) + 1;
    return {
      feed: next,
      epoch,
      draft: draftOf(request, next, epoch),
      changes: [
        { room: EPOCH_ROOM, key: kindRef, value: epoch },
        { room: FEED_ROOM, key: "position", value: next },
      ],
      apply() {
        feed = next;
        table.raise(kindRef, epoch);
      },
      announce() {
        for (const listener of ports.listeners) listener.onRevoked(kindRef);
      },
    };
  };
  return {
    prepare,
    current: (kindRef) => table.get(kindRef),
    firstDead: (pairs: readonly EpochPair[]) =>
      pairs.find(([kindRef, epoch]) => table.get(kindRef) > epoch)?.[0],
    position: () => feed,
    revokedCount: () => table.size,
    async revoke(request) {
      const made = prepare(request);
      const { durable } = ports.evidence.record([made.draft], made.changes);
      // ORDER: refused from this turn on, before the commit: refusing early is safe, admitting late is not.
      made.apply();
      await durable;
      made.announce();
      return { feed: made.feed, epoch: made.epoch };
    },
  };
}
