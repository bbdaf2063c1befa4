import type { Leaf, LeafType, SealedPart } from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, sha256, toBase64url, utf8 } from "@narrowgate/kernel";

/** A leaf with what was sealed beside it, as a fixture keeps it. */
export type StoredEntry = {
  readonly leaf: Leaf;
  readonly openings: { readonly [P in SealedPart]?: JsonValue };
};

/** A leaf before it has its place. */
export type StoryDraft = {
  readonly type: LeafType;
  readonly body: JsonObject;
  readonly agent?: string;
  readonly txn?: string;
  /** Milliseconds after the leaf before; 10 where absent. */
  readonly after?: number;
  readonly content?: JsonObject;
  readonly inputs?: readonly JsonObject[];
  readonly proof?: JsonObject;
};

/** Changes a step of a story before it is told; undefined leaves it out. */
export type StoryEdit = (step: string, draft: StoryDraft) => StoryDraft | undefined;

/** 32 bytes that stand for a name, as a digest is written. */
export function digestFor(name: string): string {
  return toBase64url(sha256(utf8(name)));
}

/** 16 bytes that stand for a name, as an id is written. */
export function idFor(name: string): string {
  return toBase64url(sha256(utf8(name)).slice(0, 16));
}

/** The transaction of a name. */
export function txnFor(name: string): string {
  return `${idFor("writer")}.${idFor(name)}`;
}

/** Where stories begin, in Unix milliseconds. */
export const STORY_BEGINS = 1_795_000_000_000;

type Link = { readonly id: string; readonly prev: string | null; readonly seq: number };

/** Tells leaves one after the other. Every name becomes an id; hashes and commitments stand for nothing. */
export class Story {
  readonly entries: StoredEntry[] = [];
  readonly #edit: StoryEdit;
  readonly #links: Map<string, number> = new Map();
  #now: number = STORY_BEGINS;

  constructor(edit: StoryEdit = (_, draft) => draft) {
    this.#edit = edit;
  }

  /** Time of the newest leaf. */
  get now(): number {
    return this.#now;
  }

  /**
   * Tells one leaf.
   * @param step - name by which it can be edited; the leaf's id is {@link idFor} of it
   */
  tell(step: string, told: StoryDraft): void {
    const draft = this.#edit(step, told);
    if (draft === undefined) return;
    const { type, body, agent, txn, after = 10, content, inputs, proof } = draft;
    this.#now += after;
    const salt = idFor("salt");
    const openings = {
      ...(content === undefined ? {} : { content: { ...content, salt } }),
      ...(inputs === undefined ? {} : { inputs: inputs.map((item) => ({ ...item, salt })) }),
      ...(proof === undefined ? {} : { proof: { ...proof, salt } }),
    };
    const sealed = Object.fromEntries(Object.keys(openings).map((part) => [part, digestFor(part)]));
    const leaf = {
      ...(agent === undefined ? {} : { agent: this.#link(agent) }),
      at: this.#now,
      body,
      id: idFor(step),
      ...(Object.keys(sealed).length === 0 ? {} : { sealed }),
      ...(txn === undefined ? {} : { txn: this.#link(txn) }),
      type,
      v: 1,
      writer: this.#link(idFor("writer")),
    };
    // INVARIANT: a test reads every leaf of every story with the strict parser of leaves.
    this.entries.push({ leaf: leaf as unknown as Leaf, openings });
  }

  #link(id: string): Link {
    const seq = this.#links.get(id) ?? 0;
    this.#links.set(id, seq + 1);
    return { id, prev: seq === 0 ? null : digestFor(`${id}/${seq}`), seq };
  }
}
