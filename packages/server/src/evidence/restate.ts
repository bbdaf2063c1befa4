import type { LeafDraft, LeafType } from "@narrowgate/contracts";
import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  randomId,
} from "@narrowgate/kernel";
import type { KeyEncryptionKey } from "../platform/keys/custody.ts";
import { scanRoom } from "../platform/store/scan-room.ts";
import type { EntryRow, StateRow, Store } from "../platform/store/store.ts";
import { verificationFailed } from "./errors.ts";
import { ReferenceIndex } from "./export/closure.ts";
import { OpeningReader } from "./openings.ts";
import { readStoredLeaf } from "./stored-leaf.ts";

/** Registrations of another log, as the first commit of a new one states them. */
export interface Restated {
  /** In the order of the old log. */
  readonly leaves: readonly LeafDraft[];
  readonly rows: readonly StateRow[];
}

const LIMITS = { maxBytes: 16 * 1024 * 1024, maxKeys: 1_000_000 };

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectIn(value: JsonValue | undefined): JsonObject {
  if (isObject(value)) return value;
  throw verificationFailed("what is to be restated is not an object");
}

function withoutSalt(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  const { salt: _, ...members } = objectIn(parseStrictJson(text, LIMITS));
  return members;
}

function bodyOf(type: LeafType, leaf: Uint8Array): JsonObject {
  const body = objectIn(objectIn(parseStrictJson(leaf, LIMITS))["body"]);
  if (type !== "policy") return body;
  // In the new log no policies were in force before these.
  const { previous: _, ...rest } = body;
  return rest;
}

/**
 * Restates what rows of the state table rest on: each leaf that a row names in its member `entry` is drafted again under
 * a new id, with the same body and content. What the operator signed stays in the old log: it was signed for the leaf
 * there, at the time there (E-27); in the new one a registration is the gate's word.
 * Trust: the old log was checked against nothing; its copy is what there is.
 */
class Restatement {
  readonly #lost: Store;
  readonly #index: ReferenceIndex;
  readonly #openings: OpeningReader;
  readonly #drafts = new Map<number, LeafDraft & { readonly id: string }>();

  constructor(lost: Store, size: number, keyEncryption: KeyEncryptionKey) {
    this.#lost = lost;
    this.#index = new ReferenceIndex(lost, size);
    this.#openings = new OpeningReader(lost, keyEncryption);
  }

  /** The leaves, in the order of the old log. */
  get leaves(): readonly LeafDraft[] {
    return [...this.#drafts].sort(([a], [b]) => a - b).map(([, draft]) => draft);
  }

  /** The row as it stands in the new log. @throws `verification_failed` when the leaf it names cannot be found or opened */
  async row(room: string, key: string, text: string): Promise<StateRow> {
    const value = parseStrictJson(text, LIMITS);
    if (!isObject(value) || typeof value["entry"] !== "string") return { room, key, value: text };
    const [index] = await this.#index.byId(value["entry"]);
    if (index === undefined) throw verificationFailed(`the leaf that states ${room}/${key} is missing`);
    const id = await this.#restate(index);
    return { room, key, value: canonicalJson({ ...value, entry: id }) };
  }

  async #restate(index: number): Promise<string> {
    const known = this.#drafts.get(index)?.id;
    if (known !== undefined) return known;
    const [row] = await this.#lost.entries(index, 1);
    if (row === undefined) throw verificationFailed("an entry is missing");
    const id = randomId();
    this.#drafts.set(index, await this.#draft(row, id));
    return id;
  }

  async #draft({ index, leaf: bytes }: EntryRow, id: string): Promise<LeafDraft & { readonly id: string }> {
    const leaf = readStoredLeaf(bytes);
    const content = withoutSalt((await this.#openings.open(index, leaf.id)).content);
    return {
      type: leaf.type,
      id,
      ...(leaf.agent === undefined ? {} : { agent: leaf.agent }),
      body: bodyOf(leaf.type, bytes),
      ...(content === undefined ? {} : { content }),
    };
  }
}

/**
 * Reads rooms of a lost store and restates them for a new log.
 * @param rooms - rows without a member `entry` go over as they are
 * @throws `verification_failed` when a leaf that a row names is missing or cannot be opened
 */
export async function restate(
  lost: Store,
  keyEncryption: KeyEncryptionKey,
  rooms: readonly string[],
): Promise<Restated> {
  const { size } = await lost.tree();
  const restatement = new Restatement(lost, size, keyEncryption);
  const rows: StateRow[] = [];
  for (const room of rooms) {
    for await (const { key, value } of scanRoom(lost, room)) {
      rows.push(await restatement.row(room, key, value));
    }
  }
  return { leaves: restatement.leaves, rows };
}
