import {
  type BundleEntry,
  bundleSeal,
  type ErasedPart,
  exactSet,
  formatLeaf,
  formatProofBundle,
  type InputOpening,
  inputsCommitment,
  type LeafDraft,
  type Openings,
  type ProofBundle,
  parseLeaf,
  type RecordedLeaf,
  sealedCommitment,
  sortInputs,
} from "@narrowgate/contracts";
import { toBase64url, utf8 } from "@narrowgate/kernel";
import {
  consistencyProof,
  cosignatureMessage,
  encodeCosignature,
  formatCheckpoint,
  formatNote,
  type HashReader,
  inclusionProof,
  leafHash,
  nodeHash,
  treeRoot,
} from "@narrowgate/tlog";
import { type NoteKey, newId, sha256 } from "./signing-keys.ts";

interface Chain {
  prev: string | null;
  seq: number;
}

/** Which entries and openings go into a bundle, and from which head. */
export interface ExportOptions {
  /** Head to export under; default the newest. */
  readonly size?: number;
  /** Earlier heads to show consistency with. */
  readonly earlier?: readonly number[];
  readonly erased?: readonly ErasedPart[];
  /** Leaf ids of entries beside those that belong into the bundle. */
  readonly strays?: readonly string[];
  /** Changes or drops an entry after its proof was made. */
  readonly change?: (entry: BundleEntry, index: number) => BundleEntry | undefined;
}

/** A log in memory that writes real leaves, real proofs and real checkpoints. */
export class TestLog {
  readonly writer: string = newId();
  readonly #origin: string;
  readonly #log: NoteKey;
  readonly #witness: NoteKey;
  readonly #hashes: Uint8Array[] = [];
  readonly #entries: { readonly leaf: BundleEntry["leaf"]; readonly openings: Openings }[] = [];
  readonly #chains: Map<string, Chain> = new Map();
  readonly #nodes: Map<string, Uint8Array> = new Map();
  #atMs = 1_795_000_000_000;

  constructor(origin: string, log: NoteKey, witness: NoteKey) {
    this.#origin = origin;
    this.#log = log;
    this.#witness = witness;
  }

  get size(): number {
    return this.#hashes.length;
  }

  #link(kind: string, id: string): { id: string; prev: string | null; seq: number } {
    const chain = this.#chains.get(`${kind}/${id}`) ?? { prev: null, seq: 0 };
    this.#chains.set(`${kind}/${id}`, chain);
    return { id, ...chain };
  }

  #advance(kind: string, id: string, hash: string): void {
    const chain = this.#chains.get(`${kind}/${id}`);
    if (chain !== undefined) Object.assign(chain, { prev: hash, seq: chain.seq + 1 });
  }

  #open({ proof, inputs, content }: LeafDraft): Openings {
    const salted: InputOpening[] = (inputs ?? []).map((input) => ({ ...input, salt: newId() }));
    return {
      ...(proof === undefined ? {} : { proof: { ...proof, salt: newId() } }),
      ...(inputs === undefined ? {} : { inputs: sortInputs(salted) }),
      ...(content === undefined ? {} : { content: { ...content, salt: newId() } }),
    };
  }

  /** Appends a leaf, as the evidence room of a server would. */
  add(draft: LeafDraft): RecordedLeaf {
    const openings = this.#open(draft);
    const { proof, inputs, content } = openings;
    const sealed = {
      ...(content === undefined ? {} : { content: sealedCommitment(sha256, "content", content) }),
      ...(inputs === undefined ? {} : { inputs: inputsCommitment(sha256, inputs) }),
      ...(proof === undefined ? {} : { proof: sealedCommitment(sha256, "proof", proof) }),
    };
    const index = this.size;
    this.#atMs += 7;
    const leaf = parseLeaf({
      at: this.#atMs,
      body: draft.body,
      id: newId(),
      type: draft.type,
      v: 1,
      writer: this.#link("writer", this.writer),
      ...(draft.txn === undefined ? {} : { txn: this.#link("txn", draft.txn) }),
      ...(draft.agent === undefined ? {} : { agent: this.#link("agent", draft.agent) }),
      ...(Object.keys(sealed).length === 0 ? {} : { sealed }),
    });
    const hash = leafHash(sha256, formatLeaf(leaf));
    this.#hashes.push(hash);
    this.#entries.push({ leaf, openings });
    const hashText = toBase64url(hash);
    this.#advance("writer", this.writer, hashText);
    if (draft.txn !== undefined) this.#advance("txn", draft.txn, hashText);
    if (draft.agent !== undefined) this.#advance("agent", draft.agent, hashText);
    return { id: leaf.id, index, hash: hashText };
  }

  readonly #reader: HashReader = async (level, index) => {
    if (level === 0) return this.#hashes[index] ?? new Uint8Array(32);
    const key = `${level}/${index}`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const left = await this.#reader(level - 1, 2 * index);
    const made = nodeHash(sha256, left, await this.#reader(level - 1, 2 * index + 1));
    this.#nodes.set(key, made);
    return made;
  };

  /** Root of the first `size` leaves. */
  root(size: number = this.size): Promise<Uint8Array> {
    return treeRoot(sha256, size, this.#reader);
  }

  /** A checkpoint signed by the log and, unless it is an earlier one, cosigned by the witness. */
  async checkpoint(size: number = this.size, signers: "both" | "log" = "both"): Promise<string> {
    const text = formatCheckpoint({
      origin: this.#origin,
      size,
      root: await this.root(size),
      extensions: [],
    });
    const time = 1_795_000_100;
    const cosigned = encodeCosignature({
      time,
      signature: this.#witness.sign(cosignatureMessage(time, text)),
    });
    const { name, keyId } = this.#log.verifierKey;
    const own = { name, keyId, signature: this.#log.sign(utf8(text)) };
    const witness = this.#witness.verifierKey;
    const seen = { name: witness.name, keyId: witness.keyId, signature: cosigned };
    return formatNote({ text, signatures: signers === "both" ? [own, seen] : [own] });
  }

  /** The leaves under a head that belong into the bundle of a transaction (E-22). */
  #chosen(txn: string, size: number, erased: readonly ErasedPart[]): ReadonlySet<string> {
    const leaves = this.#entries.slice(0, size);
    return exactSet({ leaves, txn, erasures: erased.map(({ erasure }) => erasure) }).needed;
  }

  /** A bundle of what belongs into it, under a head. */
  async export(txn: string, options: ExportOptions = {}): Promise<Uint8Array> {
    const { size = this.size, earlier = [], erased = [], strays = [], change = (entry) => entry } = options;
    const entries: BundleEntry[] = [];
    const chosen = this.#chosen(txn, size, erased);
    for (const [index, { leaf, openings }] of this.#entries.slice(0, size).entries()) {
      if (!chosen.has(leaf.id) && !strays.includes(leaf.id)) continue;
      const proof = await inclusionProof(sha256, index, size, this.#reader);
      const shown = openings.proof || openings.inputs || openings.content ? { openings } : {};
      const entry = change({ leaf, inclusion: proof.map(toBase64url), ...shown }, index);
      if (entry !== undefined) entries.push(entry);
    }
    const heads = await Promise.all(
      earlier.map(async (old) => ({
        checkpoint: await this.checkpoint(old, "log"),
        consistency: (await consistencyProof(sha256, old, size, this.#reader)).map(toBase64url),
      })),
    );
    const checkpoint = await this.checkpoint(size);
    return sealBundle({
      format: "narrowgate-proof/1",
      txn,
      checkpoint,
      earlier: heads,
      entries,
      erased: [...erased],
    });
  }
}

/** Writes a bundle with a seal that fits. */
export function sealBundle(bundle: Omit<ProofBundle, "seal">): Uint8Array {
  return formatProofBundle({ ...bundle, seal: bundleSeal(sha256, bundle) });
}
