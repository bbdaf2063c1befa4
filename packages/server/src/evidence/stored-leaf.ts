import type { LeafType } from "@narrowgate/contracts";
import { LEAF_TYPES } from "@narrowgate/contracts";
import { stateRolledBack } from "./errors.ts";

/** What recovery, export and listings need of a stored leaf; the audit parses leaves in full. */
export interface StoredLeaf {
  readonly id: string;
  readonly type: LeafType;
  readonly at: number;
  readonly txn: string | undefined;
  readonly agent: string | undefined;
  readonly writer: { readonly id: string; readonly prev: string | null; readonly seq: number };
  /** Reads a text member of the body. */
  readonly body: (member: string) => string | undefined;
}

const types: ReadonlySet<string> = new Set(LEAF_TYPES);

function isLeafType(type: unknown): type is LeafType {
  return typeof type === "string" && types.has(type);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === "string" ? found : undefined;
}

function parse(leaf: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString("utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Reads a leaf out of the store, quickly: a window at start may hold a million.
 * Trust: the store may have been changed; what is read is as good as the hashes checked beside it.
 * @throws `state_rolled_back` when it is no leaf
 */
export function readStoredLeaf(leaf: Uint8Array): StoredLeaf {
  const value = parse(leaf);
  const writer = member(value, "writer");
  const id = text(value, "id");
  const writerId = text(writer, "id");
  const at = member(value, "at");
  const seq = member(writer, "seq");
  const type = member(value, "type");
  if (id === undefined || writerId === undefined || !isLeafType(type))
    throw stateRolledBack("an entry is no leaf");
  if (typeof at !== "number" || typeof seq !== "number") throw stateRolledBack("an entry is no leaf");
  const body = member(value, "body");
  return {
    id,
    type,
    at,
    txn: text(member(value, "txn"), "id"),
    agent: text(member(value, "agent"), "id"),
    writer: { id: writerId, prev: text(writer, "prev") ?? null, seq },
    body: (name) => text(body, name),
  };
}
