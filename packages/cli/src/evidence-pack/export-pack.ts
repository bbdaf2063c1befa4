import {
  type BundleEntry,
  formatLeaf,
  harmlessServers,
  LEAVES_A_FILE,
  MAX_POPULATION,
  openedMember,
  ownDeployments,
  PACK_NAMES,
  PACK_README,
  type PackDocument,
  type PackEnd,
  Population,
  packFile,
  packProof,
  parseBundleEntries,
  parseLeafBytes,
  parseProofBundle,
  parseReadinessFacts,
  parseReleaseManifest,
  parseReleasePack,
  policyName,
  populationName,
  type ReadinessFacts,
  type ReleaseManifest,
  type ReleasePack,
  type Selection,
  transactionName,
} from "@narrowgate/contracts";
import {
  type JsonObject,
  NarrowgateError,
  parseStrictJson,
  sha256,
  toBase64url,
  utf8,
} from "@narrowgate/kernel";
import { formatNote, leafHash, parseCheckpoint, parseNote } from "@narrowgate/tlog";
import type { AdminClient } from "../admin/admin-client.ts";
import { asObject, textAt, textsAt } from "../admin/read-answer.ts";
import type { Call } from "../command.ts";
import type { KeptHead } from "../evidence/kept-heads.ts";
import { linkHeads } from "../evidence/link-heads.ts";
import { ArchiveWriter } from "./archive-writer.ts";
import { reportMaker } from "./report-forms.ts";
import { verifierBuild } from "./verifier-build.ts";

/** The first evaluation after a start reads the whole log. */
const PATIENCE_MS = 3_600_000;

/** What is to be exported. */
export interface WantedPack {
  /** Id of the release's proposal. */
  readonly id: string;
  /** Unix milliseconds; the beginning of the evaluation's window where absent. */
  readonly since?: number;
  readonly sample: number;
  readonly file: string;
}

/** What was exported. */
export interface WrittenPack {
  readonly pack: PackDocument;
  readonly end: PackEnd;
  readonly bytes: number;
}

interface Parts {
  readonly ref: string;
  readonly evaluation: string;
  readonly index: number;
  readonly release: ReleasePack;
  readonly facts: ReadinessFacts;
  readonly policies: readonly string[];
  readonly servers: readonly BundleEntry[];
}

function readParts(answer: JsonObject): Parts {
  return {
    ref: textAt(answer, "ref"),
    evaluation: textAt(answer, "evaluation"),
    index: Number(textAt(answer, "index")),
    release: parseReleasePack(answer.release),
    facts: parseReadinessFacts(answer.facts),
    policies: textsAt(answer, "policies"),
    servers: parseBundleEntries(answer.servers),
  };
}

/** A head as it stands in `earlier`: with the signature of the log and no other. */
function ownHead(note: string): KeptHead {
  const { text, signatures } = parseNote(note);
  const { origin, size } = parseCheckpoint(text);
  const own = signatures.filter(({ name }) => name === origin).slice(0, 1);
  return { size, note: formatNote({ text, signatures: own }) };
}

/** Puts together an evidence pack; of what the agent did one page or bundle is in memory at a time. */
class PackExport {
  readonly #call: Call;
  readonly #admin: AdminClient;
  readonly #wanted: WantedPack;
  readonly #parts: Parts;
  readonly #manifest: ReleaseManifest;
  readonly #entries: readonly BundleEntry[];
  readonly #head: KeptHead;

  constructor(call: Call, admin: AdminClient, [wanted, parts]: readonly [WantedPack, Parts]) {
    this.#call = call;
    this.#admin = admin;
    this.#wanted = wanted;
    this.#parts = parts;
    const { checkpoint, entries } = parseProofBundle(parts.release.proof);
    this.#entries = entries;
    this.#head = ownHead(checkpoint);
    this.#manifest = this.#readManifest();
  }

  #readManifest(): ReleaseManifest {
    const { release } = this.#parts.release;
    const proposed = this.#entries.find(
      ({ leaf, openings }) =>
        leaf.type === "release" &&
        leaf.body.action === "proposed" &&
        leaf.body.release === release &&
        openedMember(openings?.content, "manifest") !== undefined,
    );
    if (proposed === undefined)
      throw new NarrowgateError(
        "not_found",
        "the manifest of this release was erased: there is nothing to hold it to",
      );
    return parseReleaseManifest(openedMember(proposed.openings?.content, "manifest"));
  }

  async write(archive: ArchiveWriter): Promise<WrittenPack> {
    const pack = await this.#document();
    await archive.add(PACK_NAMES.readme, utf8(PACK_README));
    await archive.add(PACK_NAMES.pack, packFile(pack));
    await archive.add(PACK_NAMES.release, packFile(await this.#linkedRelease()));
    await this.#reports(archive);
    await this.#policies(archive);
    await archive.add(PACK_NAMES.servers, packFile(this.#parts.servers.map((entry) => ({ ...entry }))));
    const { population, leaves } = await this.#population(archive, pack);
    const selection = population.select(sha256, this.#seed(), pack.sample);
    await this.#transactions(archive, selection);
    const procedures = [...new Set([...population.procedures, this.#manifest.procedure])].sort();
    const end: PackEnd = {
      format: "narrowgate-evidence-end/1",
      leaves,
      population: selection.population,
      sensitive: selection.sensitive.length,
      sampled: selection.sampled.length,
      transactions: selection.sensitive.length + selection.sampled.length,
      procedures,
      digest: archive.digest,
    };
    await archive.add(PACK_NAMES.end, packFile({ ...end, procedures: [...procedures] }));
    return { pack, end, bytes: archive.size };
  }

  async #document(): Promise<PackDocument> {
    const { facts, evaluation, ref, release } = this.#parts;
    const began = facts.evaluation.results.map(({ window }) => window.from);
    const { version, digest } = await verifierBuild();
    return {
      format: "narrowgate-evidence/1",
      agent: release.agent,
      ref,
      release: release.release,
      evaluation,
      since: this.#wanted.since ?? Math.min(facts.evaluation.at, ...began),
      sample: this.#wanted.sample,
      made_by: { version, verifier: digest },
    };
  }

  async #linkedRelease(): Promise<JsonObject> {
    const { release } = this.#parts;
    const bytes = await linkHeads(packProof(release), this.#admin.place.baseUrl, this.#call.env);
    const limits = { maxBytes: bytes.length, maxDepth: 96, maxKeys: 4_000_000 };
    return { ...release, proof: asObject(parseStrictJson(bytes, limits)) };
  }

  async #reports(archive: ArchiveWriter): Promise<void> {
    const { facts } = this.#parts;
    await archive.add(PACK_NAMES.facts, packFile(facts));
    const made = reportMaker().make(facts);
    for (const form of ["text", "json", "html", "oscal"] as const)
      await archive.add(PACK_NAMES[form], made[form]);
  }

  async #policies(archive: ArchiveWriter): Promise<void> {
    const { release, policies } = this.#parts;
    const active = this.#entries.findLast(
      ({ leaf }) =>
        leaf.type === "release" && leaf.body.action === "activated" && leaf.body.release === release.release,
    );
    const certificate = openedMember(active?.openings?.content, "certificate");
    if (certificate !== undefined) await archive.add(PACK_NAMES.certificate, packFile(certificate));
    for (const [i, digest] of this.#manifest.policies.entries())
      await archive.add(policyName(digest), utf8(policies[i] ?? ""));
  }

  #seed(): string {
    const { evaluation } = this.#parts;
    const entry = this.#entries.find(({ leaf }) => leaf.id === evaluation);
    if (entry === undefined)
      throw new NarrowgateError("verification_failed", "the evaluation is not in the proof of its release");
    return toBase64url(leafHash(sha256, formatLeaf(entry.leaf)));
  }

  async #population(
    archive: ArchiveWriter,
    { since, agent, release }: PackDocument,
  ): Promise<{ readonly population: Population; readonly leaves: number }> {
    const population = new Population(since, {
      servers: harmlessServers(this.#manifest, this.#parts.servers),
      deployments: ownDeployments(this.#entries, release),
    });
    const path = `/agents/${encodeURIComponent(agent)}/leaves`;
    let leaves = 0;
    let from: number | undefined = this.#parts.index;
    for (let number = 1; from !== undefined; number++) {
      const page = await this.#admin.send("GET", `${path}?from=${from}&count=${LEAVES_A_FILE}`);
      const { lines, isOver } = takeLines(population, textsAt(page, "leaves"));
      await archive.add(populationName(number), utf8(lines.map((line) => `${line}\n`).join("")));
      leaves += lines.length;
      this.#tell(`leaves of the agent: ${leaves}`);
      from = isOver || page.next === undefined ? undefined : Number(textAt(page, "next"));
    }
    return { population, leaves };
  }

  async #transactions(archive: ArchiveWriter, { sensitive, sampled }: Selection): Promise<void> {
    const wanted = [...sensitive, ...sampled];
    const { place } = this.#admin;
    for (const [i, txn] of wanted.entries()) {
      const bytes = await this.#admin.bytes(`/transactions/${encodeURIComponent(txn)}/bundle`);
      const linked = await linkHeads(bytes, place.baseUrl, this.#call.env, [this.#head]);
      await archive.add(transactionName(i + 1), linked);
      this.#tell(`transactions: ${i + 1} of ${wanted.length}`);
    }
  }

  #told = 0;

  /** At most one line a second. */
  #tell(text: string): void {
    const now = performance.now();
    if (now - this.#told < 1000) return;
    this.#told = now;
    this.#call.terminal.progress(text);
  }
}

/** Takes leaves up to the last one that belongs into the pack. */
function takeLines(
  population: Population,
  texts: readonly string[],
): { readonly lines: readonly string[]; readonly isOver: boolean } {
  const lines: string[] = [];
  for (const text of texts) {
    const leaf = parseLeafBytes(utf8(text));
    population.take(leaf);
    lines.push(text);
    if (population.size > MAX_POPULATION)
      throw new NarrowgateError(
        "request_too_large",
        "there are more transactions than a pack can have: give --since",
      );
    if (population.ends(leaf)) return { lines, isOver: true };
  }
  return { lines, isOver: false };
}

/** Writes an evidence pack of a release; each reading is recorded. @throws what the instance refuses, and when the file exists */
export async function exportPack(call: Call, admin: AdminClient, wanted: WantedPack): Promise<WrittenPack> {
  call.terminal.progress("evaluating all controls");
  const path = `/releases/${encodeURIComponent(wanted.id)}/evidence`;
  const parts = readParts(await admin.send("POST", path, undefined, PATIENCE_MS));
  const work = new PackExport(call, admin, [wanted, parts]);
  try {
    return await ArchiveWriter.write(wanted.file, (archive) => work.write(archive));
  } finally {
    call.terminal.endProgress();
  }
}
