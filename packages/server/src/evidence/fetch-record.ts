import { type Leaf, parseLeafBytes, SEALED_PARTS, type SealedPart } from "@narrowgate/contracts";
import { fromBase64url, isNarrowgateError } from "@narrowgate/kernel";
import { inclusionProof, leafHash, verifyInclusion } from "@narrowgate/tlog";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { EntryRow, Store } from "../platform/store/store.ts";
import type { Evidence } from "./evidence.ts";
import { type OpenedParts, OpeningReader } from "./openings.ts";
import { partCommitment } from "./part-commitment.ts";
import { durableHashes } from "./tree-edge.ts";

const DAY_MS = 86_400_000;

/** A record that was fetched back. */
export interface FetchedRecord {
  /** Id of its leaf; absent where none can be read. */
  readonly entry?: string;
  /** Sealed parts that came back. */
  readonly opened: number;
  /** Parts that were erased, with a leaf that says so. */
  readonly erased: number;
  /** Days that the shortest rule gave by which a part of it went by age; absent where none did. */
  readonly ruleDays?: number;
  /** What is wrong with it, a sentence each. */
  readonly faults: readonly string[];
}

/** A head: size and root as base64url. */
type Head = { readonly size: number; readonly root: string };

/**
 * Fetches a leaf with what is sealed beside it: the leaf is under the head, each part opens to what the leaf commits to,
 * and one that is not there was erased by a leaf behind it, no earlier than its rule says.
 * @param index - below the size of the head
 */
export async function fetchRecord(evidence: Evidence, index: number, head: Head): Promise<FetchedRecord> {
  const [row] = await evidence.store.entries(index, 1);
  if (row?.index !== index) return unread(`leaf ${index} is not there`);
  const under = await isUnder(evidence, row, head);
  const leaf = readLeaf(row);
  if (leaf === undefined) return unread(`leaf ${index} cannot be read`);
  const { faults, opened, missing } = await openedFaults(evidence, index, leaf);
  const gone = await erasedFaults(evidence.store, { index, leaf, missing });
  return {
    entry: leaf.id,
    opened,
    erased: missing.length - gone.unexplained,
    ...(gone.ruleDays === undefined ? {} : { ruleDays: gone.ruleDays }),
    faults: [...(under ? [] : [`is not under the head of ${head.size} leaves`]), ...faults, ...gone.faults],
  };
}

function unread(fault: string): FetchedRecord {
  return { opened: 0, erased: 0, faults: [fault] };
}

function readLeaf({ leaf }: EntryRow): Leaf | undefined {
  try {
    return parseLeafBytes(leaf);
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

/** Time of a leaf in Unix milliseconds; undefined where there is none that can be read. */
export async function leafTime(store: Store, index: number): Promise<number | undefined> {
  const [row] = await store.entries(index, 1);
  return row?.index === index ? readLeaf(row)?.at : undefined;
}

async function isUnder({ store, edge }: Evidence, row: EntryRow, { size, root }: Head): Promise<boolean> {
  const outcome = verifyInclusion(nodeSha256, {
    index: row.index,
    size,
    leafHash: leafHash(nodeSha256, row.leaf),
    proof: await inclusionProof(nodeSha256, row.index, size, durableHashes(store, edge, size)),
    root: fromBase64url(root),
  });
  return outcome.kind === "included";
}

async function openedFaults(
  { store, custody }: Evidence,
  index: number,
  leaf: Leaf,
): Promise<{
  readonly faults: readonly string[];
  readonly opened: number;
  readonly missing: readonly SealedPart[];
}> {
  const named = SEALED_PARTS.filter((part) => leaf.sealed?.[part] !== undefined);
  try {
    // One for each record, so that keys do not stay in memory.
    const opened = await new OpeningReader(store, custody.keyEncryption).open(index, leaf.id);
    const missing = named.filter((part) => opened[part] === undefined);
    const faults = named.flatMap((part) => otherThan(leaf, part, opened));
    return { faults, opened: named.length - missing.length - faults.length, missing };
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    return { faults: [`a part does not open: ${error.code}`], opened: 0, missing: [] };
  }
}

function otherThan(leaf: Leaf, part: SealedPart, opened: OpenedParts): readonly string[] {
  const text = opened[part];
  if (text === undefined || partCommitment(leaf.type, part, text) === leaf.sealed?.[part]) return [];
  return [`its ${part} is another than the leaf commits to`];
}

/** What became of parts that are not there. */
type Gone = {
  readonly unexplained: number;
  readonly ruleDays: number | undefined;
  readonly faults: readonly string[];
};

type Missed = { readonly index: number; readonly leaf: Leaf; readonly missing: readonly SealedPart[] };

async function erasedFaults(store: Store, { index, leaf, missing }: Missed): Promise<Gone> {
  if (missing.length === 0) return { unexplained: 0, ruleDays: undefined, faults: [] };
  const erasures = leaf.txn === undefined ? [] : await erasuresBehind(store, leaf.txn.id, index);
  const found = missing.map((part) =>
    erasures.find(({ body }) => body.parts.includes(part) || body.parts.includes(`${leaf.id}/${part}`)),
  );
  const faults = missing.flatMap((part, i) => {
    const erasure = found[i];
    if (erasure === undefined) return [`its ${part} is not there, and no erasure says why`];
    return tooEarly(leaf, part, erasure);
  });
  const days = found.flatMap((one) => (one === undefined ? [] : (ruleOf(one)?.days ?? [])));
  return {
    unexplained: found.filter((one) => one === undefined).length,
    ruleDays: days.length === 0 ? undefined : Math.min(...days),
    faults,
  };
}

/** Erasures of a transaction that stand behind a leaf of it, oldest first; at the cost of a read for each leaf between. */
async function erasuresBehind(store: Store, txn: string, index: number): Promise<readonly Leaf<"erasure">[]> {
  const erasures: Leaf<"erasure">[] = [];
  let at: number | null = (await store.head("txn", txn))?.index ?? null;
  while (at !== null && at > index) {
    const [row] = await store.entries(at, 1);
    const leaf = row === undefined ? undefined : readLeaf(row);
    if (leaf?.type === "erasure") erasures.push(leaf);
    at = row?.txnPrevious ?? null;
  }
  return erasures.reverse();
}

/** What settings said of a part that went by age; undefined where somebody asked for it. */
function ruleOf({
  body,
  sealed,
}: Leaf<"erasure">): { readonly of: string; readonly days: number } | undefined {
  const [, of, days] = /^retention\.(content|inputs|proof)\.([0-9]{1,5})d$/.exec(body.rule) ?? [];
  return of === undefined || sealed?.proof !== undefined ? undefined : { of, days: Number(days) };
}

/** By age it goes so many days after the end of its transaction, which is not before any leaf that went. */
function tooEarly({ at }: Leaf, part: SealedPart, erasure: Leaf<"erasure">): readonly string[] {
  const rule = ruleOf(erasure);
  if (rule === undefined) return [];
  const old = Math.floor((erasure.at - at) / DAY_MS);
  if (rule.of === part && old >= rule.days) return [];
  return [`its ${part} went under the rule ${erasure.body.rule} when it was ${old} days old`];
}
