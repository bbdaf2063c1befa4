import {
  type InputItem,
  inputsCommitment,
  type Leaf,
  type Openings,
  parseInputsOpening,
  parseLeaf,
  parseSealedOpening,
  type SealedPart,
  sealedBytesCommitment,
} from "@narrowgate/contracts";
import {
  type JsonSpan,
  NarrowgateError,
  parseSha256Text,
  readArray,
  readObject,
  type Sha256,
  toBase64url,
} from "@narrowgate/kernel";
import { leafHash } from "@narrowgate/tlog";
import type { BundleText } from "./bundle-text.ts";

/** An entry without what is opened of it: the leaf, what puts it into the tree, and where its parts stand. */
export interface EntryFrame {
  readonly leaf: Leaf;
  readonly hash: Uint8Array;
  readonly hashText: string;
  readonly inclusion: readonly string[];
  readonly parts: ReadonlyMap<SealedPart, JsonSpan>;
}

/** Objects and arrays that may stand in one another within an entry. */
export const ENTRY_DEPTH = 94;
/** Down to which depth of an entry spans are asked for: entry, its members, its openings, inputs. */
export const ENTRY_SPAN_DEPTH = 3;

const maxProofHashes = 64;
const openingsKey = ',"openings":';
const partKeys: Readonly<Record<string, SealedPart>> = {
  '"content":': "content",
  '"inputs":': "inputs",
  '"proof":': "proof",
};
const hiddenStart = '{"commitment":';

function refuse(what: string): never {
  throw new NarrowgateError("malformed_input", `/entries: ${what}`);
}

/** INVARIANT: in canonical JSON a comma and the key, and nothing else, stand between one value and the next. */
function partSpans(file: BundleText, { start, items = [] }: JsonSpan): ReadonlyMap<SealedPart, JsonSpan> {
  const parts = new Map<SealedPart, JsonSpan>();
  let from = start + 1;
  for (const item of items) {
    const part = partKeys[file.text(from, item.start)];
    if (part === undefined) refuse("an opening is none of content, inputs, proof");
    parts.set(part, item);
    from = item.end + 1;
  }
  return parts;
}

/** The part of an entry up to its leaf, which stands in front of its openings. */
function readHead(
  file: BundleText,
  { start }: JsonSpan,
  leaf: JsonSpan,
): Pick<EntryFrame, "inclusion" | "leaf"> {
  const value: unknown = JSON.parse(`${file.text(start, leaf.end)}}`);
  const head = readObject(value, "/entries", ["inclusion", "leaf"]);
  const inclusion = readArray(head.inclusion, "/entries/inclusion", parseSha256Text, { max: maxProofHashes });
  return { inclusion, leaf: parseLeaf(head.leaf) };
}

/**
 * Reads an entry up to its openings, and hashes its leaf.
 * Trust: attacker-controlled, but scanned: canonical JSON, `span` being where its members stand.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/evidence.md E-21, E-22
 */
export function readEntryFrame(sha256: Sha256, file: BundleText, span: JsonSpan): EntryFrame {
  const [, leafSpan, openingsSpan, ...more] = span.items ?? [];
  if (leafSpan === undefined || more.length > 0) refuse("an entry has inclusion, leaf and openings");
  const isOpenings =
    openingsSpan === undefined || file.text(leafSpan.end, openingsSpan.start) === openingsKey;
  if (!isOpenings || file.bytes[openingsSpan?.start ?? span.start] !== 0x7b) refuse("openings are an object");
  const head = readHead(file, span, leafSpan);
  const hash = leafHash(sha256, file.cut(leafSpan));
  const parts = openingsSpan === undefined ? new Map() : partSpans(file, openingsSpan);
  return { ...head, hash, hashText: toBase64url(hash), parts };
}

/** An input that is not disclosed is its commitment; it is read like the others once the whole fits. */
function readHidden(file: BundleText, item: JsonSpan): InputItem | undefined {
  if (file.text(item.start, item.start + hiddenStart.length) !== hiddenStart) return undefined;
  return parseInputsOpening([file.json(item)])[0];
}

function commitmentOf(sha256: Sha256, file: BundleText, part: SealedPart, span: JsonSpan): string {
  if (part !== "inputs") return sealedBytesCommitment(sha256, part, file.cut(span));
  if (file.bytes[span.start] !== 0x5b) refuse("inputs are a list");
  const items = span.items ?? [];
  return inputsCommitment(
    sha256,
    items.map((item) => readHidden(file, item)),
    items.map((item) => file.cut(item)),
  );
}

function readPart(file: BundleText, { type }: Leaf, part: SealedPart, span: JsonSpan): Openings {
  const path = `/entries/openings/${part}`;
  const value = file.json(span);
  return part === "inputs"
    ? { inputs: parseInputsOpening(value, path) }
    : { [part]: parseSealedOpening(type, part, value, path) };
}

// ORDER: one hash each before one hash per input.
const partsByCost: readonly SealedPart[] = ["content", "proof", "inputs"];

/**
 * Names the parts in the file that are not what the leaf commits to, the cheapest to tell first.
 * Trust: attacker-controlled, but scanned.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/evidence.md E-7, E-8
 */
export function* uncommittedParts(
  sha256: Sha256,
  file: BundleText,
  { leaf, parts }: EntryFrame,
): Generator<SealedPart> {
  for (const part of partsByCost) {
    const span = parts.get(part);
    if (span !== undefined && commitmentOf(sha256, file, part, span) !== leaf.sealed?.[part]) yield part;
  }
}

/**
 * Reads what is opened of an entry. ORDER: after {@link uncommittedParts}: what the leaf does not commit to is not read.
 * Trust: attacker-controlled, but scanned.
 * @throws NarrowgateError `malformed_input`
 */
export function readOpenings(
  file: BundleText,
  { leaf, parts }: EntryFrame,
  uncommitted: readonly SealedPart[],
): Openings {
  let openings: Openings = {};
  for (const [part, span] of parts) {
    if (!uncommitted.includes(part)) openings = { ...openings, ...readPart(file, leaf, part, span) };
  }
  return openings;
}
