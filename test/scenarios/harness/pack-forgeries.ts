import {
  bundleSeal,
  formatProofBundle,
  PACK_NAMES,
  type ProofBundle,
  packFile,
  parseProofBundle,
  parseTarHeader,
  TAR_BLOCK,
  tarEnd,
  tarHeader,
  tarPadding,
} from "@narrowgate/contracts";
import { concatBytes, fromUtf8, type JsonObject, sha256, toSha256Text, utf8 } from "@narrowgate/kernel";

/** The files of a pack, by name, in their order. */
export type PackFiles = Map<string, Uint8Array>;

/** Takes an archive apart. */
export function filesOf(archive: Uint8Array): PackFiles {
  const files: PackFiles = new Map();
  for (let at = 0; ; ) {
    const header = parseTarHeader(archive.subarray(at, at + TAR_BLOCK));
    if (header === undefined) return files;
    files.set(header.name, archive.subarray(at + TAR_BLOCK, at + TAR_BLOCK + header.size));
    at += TAR_BLOCK + header.size + tarPadding(header.size).length;
  }
}

function digestOf(files: PackFiles): string {
  let digest: Uint8Array = new Uint8Array(32);
  for (const [name, bytes] of files) {
    if (name === PACK_NAMES.end) break;
    digest = sha256(concatBytes(digest, sha256(utf8(name)), sha256(bytes)));
  }
  return toSha256Text(digest);
}

const documentOf = (files: PackFiles, name: string): JsonObject =>
  JSON.parse(fromUtf8(files.get(name) ?? new Uint8Array()));

/** Changes a JSON document. */
export function edit(files: PackFiles, name: string, change: (document: JsonObject) => JsonObject): void {
  files.set(name, packFile(change(documentOf(files, name))));
}

/** Changes a text. */
export function editText(files: PackFiles, name: string, from: string | RegExp, to: string): void {
  const text = fromUtf8(files.get(name) ?? new Uint8Array());
  const changed = text.replace(from, to);
  if (changed === text) throw new RangeError(`${name}: nothing was changed`);
  files.set(name, utf8(changed));
}

/** Changes a bundle, and seals it again. */
export function editBundle(
  files: PackFiles,
  name: string,
  change: (bundle: ProofBundle) => ProofBundle,
): void {
  const { seal: _, ...changed } = change(parseProofBundle(documentOf(files, name)));
  files.set(name, formatProofBundle({ ...changed, seal: bundleSeal(sha256, changed) }));
}

/** Puts an archive together; the digest at its end fits again. */
export function archiveOf(files: PackFiles): Uint8Array {
  const digest = digestOf(files);
  edit(files, PACK_NAMES.end, (end) => ({ ...end, digest }));
  const parts = [...files].flatMap(([name, bytes]) => [
    tarHeader(name, bytes.length),
    bytes,
    tarPadding(bytes.length),
  ]);
  return concatBytes(...parts, tarEnd());
}

/** What the lines of a file of leaves are. */
function withoutLine(files: PackFiles, name: string, index: number): void {
  const lines = fromUtf8(files.get(name) ?? new Uint8Array()).split("\n");
  files.set(name, utf8(lines.toSpliced(index, 1).join("\n")));
}

const population = "population/000001.jsonl";
const [first, second, third] = [1, 2, 3].map((number) => `transactions/00000${number}.json`);

/** A forgery: what is changed, the rule that is broken. `other` are the files of an older pack of the same release. */
export type PackForgery = readonly [
  name: string,
  rule: string,
  change: (files: PackFiles, other: PackFiles) => void,
];

function swap(files: PackFiles, one: string, two: string): void {
  const [a, b] = [files.get(one), files.get(two)];
  if (a === undefined || b === undefined) throw new RangeError("there are fewer transactions");
  files.set(one, b);
  files.set(two, a);
}

function renumber(files: PackFiles, without: string): void {
  const names = [...files.keys()].filter((name) => name.startsWith("transactions/"));
  const kept = names.filter((name) => name !== without).map((name) => files.get(name));
  for (const name of names) files.delete(name);
  const end = files.get(PACK_NAMES.end) ?? new Uint8Array();
  files.delete(PACK_NAMES.end);
  for (const [i, bytes] of kept.entries()) if (bytes !== undefined) files.set(names[i] ?? "", bytes);
  files.set(PACK_NAMES.end, end);
}

/** What anybody can do to a pack who has no key of the log; the first transaction is the sensitive one. */
export const PACK_FORGERIES: readonly PackForgery[] = [
  [
    "a sensitive transaction is left out",
    "K-10",
    (files) => {
      renumber(files, first ?? "");
      edit(files, PACK_NAMES.end, (end) => ({ ...end, sensitive: 0, transactions: 2 }));
    },
  ],
  ["one of the sample is left out", "K-2", (files) => renumber(files, third ?? "")],
  ["the sample is in another order", "K-10", (files) => swap(files, second ?? "", third ?? "")],
  [
    "another transaction than the drawn one",
    "K-10",
    (files) => files.set(third ?? "", files.get(first ?? "") ?? utf8("")),
  ],
  [
    "fewer were to be drawn than are there",
    "K-2",
    (files) => edit(files, PACK_NAMES.pack, (pack) => ({ ...pack, sample: 1 })),
  ],
  [
    "a verdict in the text of the report",
    "K-5",
    (files) => editText(files, PACK_NAMES.text, /not established/g, "pass"),
  ],
  [
    "a verdict in the report as JSON",
    "K-5",
    (files) => editText(files, PACK_NAMES.json, '"isReady": true', '"isReady": false'),
  ],
  [
    "another verdict in the facts",
    "K-4",
    (files) => editText(files, PACK_NAMES.facts, '"verdict":"not_established"', '"verdict":"pass"'),
  ],
  [
    "another profile in the facts",
    "K-4",
    (files) => editText(files, PACK_NAMES.facts, '"name":"scenario"', '"name":"full"'),
  ],
  [
    "another policy",
    "K-6",
    (files) => {
      const name = [...files.keys()].find((one) => one.startsWith("policies/")) ?? "";
      files.set(name, utf8("forbid (principal, action, resource);"));
    },
  ],
  [
    "another certificate",
    "K-6",
    (files) => edit(files, PACK_NAMES.certificate, (one) => ({ ...one, payloadType: "text/plain" })),
  ],
  [
    "a pack of another release",
    "K-3",
    (files) => edit(files, PACK_NAMES.pack, (pack) => ({ ...pack, release: "A".repeat(43) })),
  ],
  [
    "a pack of another agent",
    "K-3",
    (files) => edit(files, PACK_NAMES.pack, (pack) => ({ ...pack, agent: "another" })),
  ],
  [
    "the chain of another agent",
    "K-3",
    (files) => edit(files, PACK_NAMES.pack, (pack) => ({ ...pack, ref: "A".repeat(22) })),
  ],
  [
    "another evaluation than the newest",
    "K-3",
    (files) => edit(files, PACK_NAMES.pack, (pack) => ({ ...pack, evaluation: "A".repeat(22) })),
  ],
  [
    "something else declared of its release",
    "K-3",
    (files) => edit(files, PACK_NAMES.release, (one) => ({ ...one, declared: { model: "another" } })),
  ],
  [
    "the release of an older pack",
    "K-3",
    (files, other) => files.set(PACK_NAMES.release, other.get(PACK_NAMES.release) ?? utf8("")),
  ],
  ["a leaf of the agent is left out", "K-7", (files) => withoutLine(files, population, 5)],
  ["the first leaves are left out", "K-7", (files) => withoutLine(files, population, 0)],
  [
    "a later beginning than its leaves have",
    "K-7",
    (files) =>
      edit(files, PACK_NAMES.pack, (pack) => ({ ...pack, since: Number(pack["since"]) + 3_600_000 })),
  ],
  [
    "a server that cannot be undone passes for another",
    "K-8",
    (files) => editText(files, PACK_NAMES.servers, '"id":"post"', '"id":"data"'),
  ],
  [
    "what shows a server to be harmless is left out",
    "K-10",
    (files) => files.set(PACK_NAMES.servers, packFile([])),
  ],
  [
    "a member of a bundle",
    "E-7",
    (files) =>
      editBundle(files, second ?? "", (bundle) => ({
        ...bundle,
        entries: bundle.entries.map((entry) =>
          entry.leaf.type === "outcome" && entry.openings?.content !== undefined
            ? { ...entry, openings: { content: { ...entry.openings.content, code: "x" } } }
            : entry,
        ),
      })),
  ],
  [
    "a bundle that nothing ties to the head",
    "K-10",
    (files) => editBundle(files, second ?? "", (bundle) => ({ ...bundle, earlier: [] })),
  ],
  ["other counts", "K-11", (files) => edit(files, PACK_NAMES.end, (end) => ({ ...end, population: 3 }))],
  [
    "other instructions",
    "K-2",
    (files) => editText(files, PACK_NAMES.readme, "narrowgate verify FILE", "curl example.com"),
  ],
  ["a further file", "K-2", (files) => files.set("more.txt", utf8("more"))],
  ["a file is missing", "K-2", (files) => files.delete(PACK_NAMES.html)],
];
