import type { LeafDraft } from "@narrowgate/contracts";
import { toBase64url } from "@narrowgate/kernel";
import type { KeyCustody, TokenKey } from "../platform/keys/custody.ts";
import { scanRoom } from "../platform/store/scan-room.ts";
import type { Store } from "../platform/store/store.ts";
import { ROOM_ENTRY_INDEX } from "./rooms.ts";
import { readStoredLeaf } from "./stored-leaf.ts";

/** The leaf that says a token key came into use. Durable before the first token under that key. */
export function tokenKeyAdded({ kid, jwk }: TokenKey): LeafDraft {
  return { type: "key", body: { action: "added", purpose: "token", kid, jwk } };
}

/** The leaf that says a token key went out of use. */
export function tokenKeyRetired(kid: string): LeafDraft {
  return { type: "key", body: { action: "retired", purpose: "token", kid } };
}

/** The key leaves of a new log: log key, key-encryption key, token keys. */
export function firstKeyLeaves({ log, keyEncryption, tokenKeys }: KeyCustody): readonly LeafDraft[] {
  const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64url(log.publicKey) };
  return [
    { type: "key", body: { action: "added", purpose: "log", kid: log.kid, jwk } },
    { type: "key", body: { action: "added", purpose: "seal", kid: keyEncryption.kid } },
    ...tokenKeys().map(tokenKeyAdded),
  ];
}

/** Token kids that the log says are in use. */
async function recordedTokenKids(store: Store): Promise<ReadonlySet<string>> {
  const newest = new Map<string, number>();
  for await (const { key, value } of scanRoom(store, ROOM_ENTRY_INDEX, "key:")) {
    newest.set(key.split(":")[1] ?? "", Number(value));
  }
  const kids = new Set<string>();
  for (const [kid, index] of newest) {
    const [row] = await store.entries(index, 1);
    if (row === undefined) continue;
    const { body } = readStoredLeaf(row.leaf);
    if (body("purpose") === "token" && body("action") === "added") kids.add(kid);
  }
  return kids;
}

/** Key leaves that bring the log up to the custodian: a crash may have come between a key and its leaf. */
export async function missingKeyLeaves(store: Store, custody: KeyCustody): Promise<readonly LeafDraft[]> {
  const recorded = await recordedTokenKids(store);
  const held = custody.tokenKeys();
  const added = held.filter(({ kid }) => !recorded.has(kid)).map(tokenKeyAdded);
  const gone = [...recorded].filter((kid) => !held.some((key) => key.kid === kid));
  return [...added, ...gone.map(tokenKeyRetired)];
}

/** Leaf time at which the log says a token key was added, in Unix ms; null when it does not. */
export async function tokenKeyAddedAtMs(store: Store, kid: string): Promise<number | null> {
  for await (const { value } of scanRoom(store, ROOM_ENTRY_INDEX, `key:${kid}:`)) {
    const [row] = await store.entries(Number(value), 1);
    if (row !== undefined) return readStoredLeaf(row.leaf).at;
  }
  return null;
}
