import { hash } from "node:crypto";
import {
  type DraftOrNext,
  type EvidenceSink,
  formatLeaf,
  type LeafDraft,
  parseLeaf,
  parseSealedOpening,
  type Recorded,
  type RecordedLeaf,
  type StateChange,
  type StateReader,
} from "@narrowgate/contracts";
import { canonicalJson, type JsonValue, NarrowgateError, randomId } from "@narrowgate/kernel";

/** A recorded draft with its place. */
export interface KeptLeaf extends RecordedLeaf {
  readonly draft: LeafDraft;
}

/**
 * A small real evidence sink: leaves and state rows kept together or not at all. Each leaf is checked by the strict
 * parsers of the format, so that what the product writes is what a verifier reads.
 */
export class MemoryEvidence implements EvidenceSink, StateReader {
  readonly leaves: KeptLeaf[] = [];
  readonly #rows = new Map<string, string>();
  /** Set to make the next `record` fail, having taken nothing. */
  refuseNext = false;

  record(group: readonly DraftOrNext[], changes: readonly StateChange[] = []): Recorded {
    if (this.refuseNext) {
      this.refuseNext = false;
      throw new NarrowgateError("overloaded", "the evidence queue is full");
    }
    const placed: KeptLeaf[] = [];
    for (const next of group) {
      const draft = typeof next === "function" ? next(placed) : next;
      placed.push(this.#place(draft, this.leaves.length + placed.length));
    }
    const rows = changes.map(({ room, key, value }) => {
      if (room.length > 64 || key.length === 0 || key.length > 512 || key.includes("\0")) {
        throw new NarrowgateError("malformed_input", "a state key that no store takes");
      }
      return [`${room}\n${key}`, value === null ? null : canonicalJson(value)] as const;
    });
    for (const [key, text] of rows) {
      if (text === null) this.#rows.delete(key);
      else this.#rows.set(key, text);
    }
    this.leaves.push(...placed);
    return { leaves: placed, durable: Promise.resolve() };
  }

  /** Kept drafts of one type. */
  of(type: LeafDraft["type"]): readonly LeafDraft[] {
    return this.leaves.map(({ draft }) => draft).filter((draft) => draft.type === type);
  }

  /** All that is kept of the state, as one text. */
  stateText(): string {
    return canonicalJson(Object.fromEntries(this.#rows));
  }

  async get(room: string, key: string): Promise<JsonValue | null> {
    const text = this.#rows.get(`${room}\n${key}`);
    return text === undefined ? null : JSON.parse(text);
  }

  async scan(
    room: string,
    options: { readonly prefix?: string; readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly { readonly key: string; readonly value: JsonValue }[]> {
    const { prefix = "", after, limit = 1000 } = options;
    return [...this.#rows]
      .filter(([name]) => name.startsWith(`${room}\n${prefix}`))
      .map(([name, text]) => ({ key: name.slice(room.length + 1), value: JSON.parse(text) }))
      .filter(({ key }) => after === undefined || key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .slice(0, limit);
  }

  #place(draft: LeafDraft, index: number): KeptLeaf {
    const id = draft.id ?? randomId();
    const sealed: Record<string, string> = {};
    for (const part of ["proof", "content"] as const) {
      if (draft[part] === undefined) continue;
      parseSealedOpening(draft.type, part, { ...draft[part], salt: randomId() });
      sealed[part] = hash("sha256", canonicalJson(draft[part]), "base64url");
    }
    const link = (name: string | undefined) => (name === undefined ? {} : { id: name, prev: null, seq: 0 });
    const leaf = parseLeaf({
      at: 1_795_000_000_000,
      body: draft.body,
      id,
      type: draft.type,
      v: 1,
      writer: { id: "AAAAAAAAAAAAAAAAAAAAAA", prev: null, seq: 0 },
      ...(Object.keys(sealed).length === 0 ? {} : { sealed }),
      ...(draft.txn === undefined ? {} : { txn: link(draft.txn) }),
      ...(draft.agent === undefined ? {} : { agent: link(draft.agent) }),
    });
    return { id, index, hash: hash("sha256", formatLeaf(leaf), "base64url"), draft };
  }
}
