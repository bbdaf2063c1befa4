import type { Leaf } from "@narrowgate/contracts";
import type { Store } from "../../platform/store/store.ts";
import { ROOM_ENTRY_INDEX } from "../rooms.ts";
import { scanRoom } from "../scan-room.ts";
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

function derivedFrom({ openings }: OpenedEntry): readonly string[] {
  return (openings.inputs ?? []).flatMap((item) =>
    "from" in item && item.from.by === "derived" ? [item.from.entry] : [],
  );
}

/** Names whose newest leaf before this one it rests on. */
function latestNames(leaf: Leaf): readonly string[] {
  const names = leaf.agent === undefined ? [] : [`registry:agent:${leaf.agent.id}`];
  switch (leaf.type) {
    case "decision":
      names.push(`policy:${leaf.body.policy}`);
      if (leaf.body.instance !== undefined) names.push(`instance:${leaf.body.instance}`);
      break;
    case "dispatch":
      names.push(`registry:server:${leaf.body.server}`, `registry:pin:${leaf.body.server}`);
      break;
    case "registry":
    case "policy":
    case "erasure":
      names.push(`operator:${leaf.body.operator}`);
      break;
    case "revocation":
      if (leaf.body.operator !== undefined) names.push(`operator:${leaf.body.operator}`);
      break;
  }
  return names;
}

/** Names of which every leaf tells: a person's enrolment, roles and passkeys, and their ends. */
function historyNames(leaf: Leaf): readonly string[] {
  return leaf.type === "approval" && leaf.body.person !== undefined ? [`person:${leaf.body.person}`] : [];
}

/** Names of the revocations that could end what this leaf issues. */
function revocationNames(leaf: Leaf): readonly string[] {
  if (leaf.type === "mandate") return [`revocation:mandate:${leaf.body.mandate}`];
  if (leaf.type !== "token") return [];
  return [
    `revocation:token:${leaf.body.token}`,
    ...leaf.body.epochs.map(([kindRef]) => `revocation:${kindRef}`),
  ];
}

/** Indexes of the leaves an entry rests on. @see docs/spec/evidence.md E-22 */
export async function restsOn(index: ReferenceIndex, entry: OpenedEntry): Promise<readonly number[]> {
  const found = await Promise.all([
    ...derivedFrom(entry).map((id) => index.byId(id)),
    ...latestNames(entry.leaf).map((name) => index.latest(name, entry.index)),
    ...[...revocationNames(entry.leaf), ...historyNames(entry.leaf)].map((name) => index.all(name)),
  ]);
  return found.flat();
}

/** Leaves every bundle needs: genesis, keys, revocations of everything, and the boots from before `first` to `last`. */
export async function frameOf(
  index: ReferenceIndex,
  first: number,
  last: number,
): Promise<readonly number[]> {
  const boots = await index.all("boot");
  const before = boots.filter((each) => each <= first).slice(-1);
  const during = boots.filter((each) => each > first && each <= last);
  const named = await Promise.all([index.all("genesis"), index.all("key"), index.all("revocation:all:all")]);
  return [...named.flat(), ...before, ...during];
}
