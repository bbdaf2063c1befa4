import { countedDrills, evaluationsOf, type Leaf, namedOverlays, openedMember } from "@narrowgate/contracts";
import { scanRoom } from "../../platform/store/scan-room.ts";
import type { Store } from "../../platform/store/store.ts";
import { ROOM_ENTRY_INDEX } from "../rooms.ts";
import type { OpenedEntry } from "./transaction-entries.ts";

/** Finds leaves that others rest on, by the names the index keeps. */
export class ReferenceIndex {
  readonly #store: Store;
  readonly #size: number;

  /** @param size - leaves at or beyond it are not found */
  constructor(store: Store, size: number) {
    this.#store = store;
    this.#size = size;
  }

  /** Index of the leaf with that id, when it is one that may be rested on. */
  async byId(id: string): Promise<readonly number[]> {
    const value = await this.#store.get(ROOM_ENTRY_INDEX, id);
    const index = Number(value);
    return value === null || index >= this.#size ? [] : [index];
  }

  /** Indexes of all leaves under a name, oldest first. */
  async all(name: string): Promise<readonly number[]> {
    const indexes: number[] = [];
    for await (const { value } of scanRoom(this.#store, ROOM_ENTRY_INDEX, `${name}:`)) {
      if (Number(value) < this.#size) indexes.push(Number(value));
    }
    return indexes;
  }

  /** The newest leaf under a name at or before `index`. */
  async latest(name: string, index: number): Promise<readonly number[]> {
    return (await this.all(name)).filter((each) => each <= index).slice(-1);
  }
}

function namedIn(entry: OpenedEntry): readonly string[] {
  const { leaf, openings } = entry;
  if (leaf.type === "release") return evaluationsOf(leaf);
  if (leaf.type === "assurance") return countedDrills(entry);
  const derived = (openings.inputs ?? []).flatMap((item) =>
    "from" in item && item.from.by === "derived" ? [item.from.entry] : [],
  );
  const entitlements = leaf.type === "mandate" ? openedMember(openings.content, "entitlements") : undefined;
  const named = [...derived, ...namedOverlays(openings)];
  return typeof entitlements === "string" ? [...named, entitlements] : named;
}

/** Names whose newest leaf before this one it may rest on. */
function latestNames(leaf: Leaf): readonly string[] {
  const names = leaf.agent === undefined ? [] : [`registry:agent:${leaf.agent.id}`];
  switch (leaf.type) {
    case "decision":
      names.push(`policy:${leaf.body.policy}`);
      if (leaf.body.instance !== undefined) names.push(`instance:${leaf.body.instance}`);
      break;
    case "dispatch":
      names.push(`registry:server:${leaf.body.server}`);
      break;
  }
  return names;
}

/**
 * Names of which every leaf tells: a person's enrolment, roles and passkeys, and their ends; of an agent that got a token,
 * its releases.
 */
function historyNames({ agent, body, type }: Leaf): readonly string[] {
  if (type === "token" && agent !== undefined) return [`released:${agent.id}`];
  const isAnswer = type === "approval" || type === "release";
  return isAnswer && body.person !== undefined ? [`person:${body.person}`] : [];
}

/** Indexes of leaves an entry may rest on; which of them it does is said by `exactSet`. */
export async function mayRestOn(index: ReferenceIndex, entry: OpenedEntry): Promise<readonly number[]> {
  const found = await Promise.all([
    ...namedIn(entry).map((id) => index.byId(id)),
    ...latestNames(entry.leaf).map((name) => index.latest(name, entry.index)),
    ...historyNames(entry.leaf).map((name) => index.all(name)),
  ]);
  return found.flat();
}

/** Indexes of the revocations after the oldest position of the feed that a decision used, up to the newest one used. */
export async function revocationsFor(
  index: ReferenceIndex,
  own: readonly OpenedEntry[],
): Promise<readonly number[]> {
  const used = own.flatMap(({ leaf }) => (leaf.type === "decision" ? [leaf.body.feed] : []));
  if (used.length === 0) return [];
  const least = used.reduce((low, feed) => Math.min(low, feed));
  const most = used.reduce((high, feed) => Math.max(high, feed));
  const found: (readonly number[])[] = [];
  for (let position = least + 1; position <= most; position++)
    found.push(await index.all(`feed:${position}`));
  return found.flat();
}

/** Indexes of the leaves any bundle may rest on, which are few: genesis, starts, keys, operators, overlays. */
export async function frameOf(index: ReferenceIndex): Promise<readonly number[]> {
  const named = await Promise.all(
    ["genesis", "boot", "key", "operator", "overlay"].map((name) => index.all(name)),
  );
  return named.flat();
}
