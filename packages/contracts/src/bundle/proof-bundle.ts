import { canonicalJson, type Sha256, type Sha256Text, toSha256Text, utf8 } from "@narrowgate/kernel";
import { inputItemText } from "../evidence/commitments.ts";
import { SEALED_PARTS, type SealedPart } from "../evidence/draft.ts";
import { type Leaf, parseLeaf } from "../evidence/leaf.ts";
import { type Openings, parseInputsOpening, parseSealedOpening } from "../evidence/openings.ts";
import { digest, id16, listOf, literal, oneOf, refuseInput, text, txnId } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** A leaf, its proof of inclusion under the bundle's checkpoint, and what is disclosed of its sealed parts. */
export type BundleEntry = {
  readonly leaf: Leaf;
  readonly inclusion: readonly string[];
  readonly openings?: Openings;
};

/** A part that was erased, and the leaf that says so. */
export type ErasedPart = { readonly entry: string; readonly part: SealedPart; readonly erasure: string };

/** An earlier head and the proof that the bundle's checkpoint extends it. */
export type EarlierHead = { readonly checkpoint: string; readonly consistency: readonly string[] };

/** Everything needed to check one transaction, or one release, offline. @see docs/spec/evidence.md section 7 */
export type ProofBundle = {
  readonly format: "narrowgate-proof/1";
  /** The transaction it is about; either this or `release`. */
  readonly txn?: string;
  /** Digest of the release it is about. */
  readonly release?: string;
  /** Signed note, with cosignatures. */
  readonly checkpoint: string;
  readonly earlier: readonly EarlierHead[];
  readonly entries: readonly BundleEntry[];
  readonly erased: readonly ErasedPart[];
  readonly seal: string;
};

const maxEntries = 1_000_000;
const note = text({ min: 1, max: 65_536 });
const hashes = listOf<string>(digest, { max: 64 });

type RawEntry = { readonly leaf: Leaf; readonly inclusion: readonly string[]; readonly openings?: unknown };
type RawOpenings = { readonly proof?: unknown; readonly inputs?: unknown; readonly content?: unknown };

const readLeaf: Reader<Leaf> = (value) => parseLeaf(value);
const readRawEntry = shape<RawEntry>({
  leaf: readLeaf,
  inclusion: hashes,
  openings: optional((value) => value),
});
const anything = optional<unknown>((value) => value);
const readRawOpenings = shape<RawOpenings>({ proof: anything, inputs: anything, content: anything });

function readOpenings(leaf: Leaf, value: unknown, path: string): Openings {
  const { proof, inputs, content } = readRawOpenings(value, path);
  if (inputs !== undefined && leaf.type !== "decision") refuseInput(path, `a ${leaf.type} has no inputs`);
  return {
    ...(proof === undefined ? {} : { proof: parseSealedOpening(leaf.type, "proof", proof, `${path}/proof`) }),
    ...(inputs === undefined ? {} : { inputs: parseInputsOpening(inputs, `${path}/inputs`) }),
    ...(content === undefined
      ? {}
      : { content: parseSealedOpening(leaf.type, "content", content, `${path}/content`) }),
  };
}

const readEntry: Reader<BundleEntry> = (value, path) => {
  const { leaf, inclusion, openings } = readRawEntry(value, path);
  if (openings === undefined) return { leaf, inclusion };
  return { leaf, inclusion, openings: readOpenings(leaf, openings, `${path}/openings`) };
};

const readBundle = shape<ProofBundle>({
  format: literal("narrowgate-proof/1"),
  txn: optional(txnId),
  release: optional(digest),
  checkpoint: note,
  earlier: listOf(shape<EarlierHead>({ checkpoint: note, consistency: hashes }), { max: 1024 }),
  entries: listOf(readEntry, { min: 1, max: maxEntries }),
  erased: listOf(shape<ErasedPart>({ entry: id16, part: oneOf(SEALED_PARTS), erasure: id16 }), {
    max: maxEntries,
  }),
  seal: digest,
});

/**
 * Reads a proof bundle; entries are sorted by `writer.seq`, none twice. The seal is not compared here.
 * Trust: `value` is attacker-controlled; nothing in it is verified.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/evidence.md E-21
 */
export function parseProofBundle(value: unknown): ProofBundle {
  const bundle = readBundle(value, "");
  if ((bundle.txn === undefined) === (bundle.release === undefined))
    refuseInput("", "is about one transaction, or about one release");
  let last = -1;
  for (const [i, { leaf }] of bundle.entries.entries()) {
    if (leaf.writer.seq <= last) refuseInput(`/entries/${i}`, "must be sorted by writer.seq, none twice");
    last = leaf.writer.seq;
  }
  return bundle;
}

/**
 * Reads a list of entries that stand in no bundle. Trust: attacker-controlled; nothing in it is verified.
 * @throws NarrowgateError `malformed_input`
 */
export function parseBundleEntries(value: unknown): readonly BundleEntry[] {
  return listOf(readEntry, { max: maxEntries })(value, "");
}

/** The canonical texts of one entry. */
interface EntryTexts {
  readonly leaf: string;
  readonly content?: string;
  readonly proof?: string;
  /** One text per input, in order. */
  readonly inputs?: readonly string[];
}

function entryTexts({ leaf, openings = {} }: BundleEntry): EntryTexts {
  const { content, inputs, proof } = openings;
  return {
    leaf: canonicalJson(leaf),
    ...(content === undefined ? {} : { content: canonicalJson(content) }),
    ...(inputs === undefined ? {} : { inputs: inputs.map(inputItemText) }),
    ...(proof === undefined ? {} : { proof: canonicalJson(proof) }),
  };
}

/** The texts of a list, with commas between them. */
function listPieces(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text, i) => (i === 0 ? [text] : [",", text]));
}

function openingPieces({ content, inputs, proof }: EntryTexts): readonly string[] {
  const members = [
    ...(content === undefined ? [] : [['"content":', content]]),
    ...(inputs === undefined ? [] : [['"inputs":[', ...listPieces(inputs), "]"]]),
    ...(proof === undefined ? [] : [['"proof":', proof]]),
  ];
  return members.flatMap((member, i) => (i === 0 ? member : [",", ...member]));
}

function entryPieces(entry: BundleEntry, texts: EntryTexts): readonly string[] {
  const head = [`{"inclusion":${canonicalJson(entry.inclusion)},"leaf":`, texts.leaf];
  return entry.openings === undefined
    ? [...head, "}"]
    : [...head, ',"openings":{', ...openingPieces(texts), "}}"];
}

/** Writes a bundle as canonical JSON. Without `seal` the text is the one the seal is over. */
function bundleText(bundle: Omit<ProofBundle, "seal"> & { readonly seal?: string }): string {
  const { checkpoint, earlier, erased, format, release, seal, txn } = bundle;
  const pieces = [
    `{"checkpoint":${canonicalJson(checkpoint)},"earlier":${canonicalJson(earlier)},"entries":[`,
  ];
  bundle.entries.forEach((entry, i) => {
    if (i > 0) pieces.push(",");
    pieces.push(...entryPieces(entry, entryTexts(entry)));
  });
  const member = (name: string, value: string | undefined): string =>
    value === undefined ? "" : `,"${name}":${canonicalJson(value)}`;
  const subject = [member("release", release), member("seal", seal), member("txn", txn)];
  pieces.push(`],"erased":${canonicalJson(erased)},"format":${canonicalJson(format)}${subject.join("")}}`);
  return pieces.join("");
}

/** The seal: H of the canonical bundle without its `seal`. It catches damage, not forgery. */
export function bundleSeal(sha256: Sha256, bundle: Omit<ProofBundle, "seal">): Sha256Text {
  const { format, txn, release, checkpoint, earlier, entries, erased } = bundle;
  const subject = { ...(txn === undefined ? {} : { txn }), ...(release === undefined ? {} : { release }) };
  return toSha256Text(sha256(utf8(bundleText({ format, ...subject, checkpoint, earlier, entries, erased }))));
}

/** Writes a bundle file: canonical JSON and one newline. */
export function formatProofBundle(bundle: ProofBundle): Uint8Array<ArrayBuffer> {
  return utf8(`${bundleText(bundle)}\n`);
}
