import {
  formatLeaf,
  type HarmlessServers,
  harmlessServers,
  LEAVES_A_FILE,
  type Leaf,
  MAX_POPULATION,
  ownDeployments,
  PACK_NAMES,
  Population,
  parseBundleEntries,
  parseLeafBytes,
  parsePackFile,
  populationName,
  type Selection,
  sealedCommitment,
} from "@narrowgate/contracts";
import { fromBase64url, type Sha256, toBase64url } from "@narrowgate/kernel";
import { leafHash, verifyInclusion } from "@narrowgate/tlog";
import { ContainedGlasses, type ContainmentLeaf, concernsContainment } from "../contained-glasses.ts";
import { GlassTokens } from "../glass-tokens.ts";
import type { ReleasePart } from "./check-release-part.ts";
import type { ArchiveReader } from "./read-archive.ts";
import { refuse } from "./refuse.ts";

/** What the agent did, as its chain shows it. */
export interface CheckedPopulation {
  readonly selection: Selection;
  readonly leaves: number;
  /** Digests of decision procedures, sorted. */
  readonly procedures: readonly string[];
}

const newline = 0x0a;
/** Registrations that stop an agent or start it again and leaves of break-glasses, or deployments of tokens, that are kept. */
const MAX_CONTAINMENT = 100_000;

/** Servers that are proven to be without irreversible operations. @throws PackRefusal K-2, K-8 */
async function readServers(
  files: ArchiveReader,
  { head, manifest }: ReleasePart,
  sha256: Sha256,
): Promise<HarmlessServers> {
  const value = parsePackFile(await files.take(PACK_NAMES.servers), PACK_NAMES.servers);
  const entries = parseBundleEntries(value);
  let last = -1;
  for (const { leaf, inclusion, openings } of entries) {
    if (leaf.type !== "registry" || leaf.body.kind !== "server" || leaf.writer.seq <= last)
      refuse("K-8", "there is more in the registrations of servers than these, sorted");
    last = leaf.writer.seq;
    const included = verifyInclusion(sha256, {
      leafHash: leafHash(sha256, formatLeaf(leaf)),
      index: last,
      size: head.size,
      root: head.root,
      proof: inclusion.map(fromBase64url),
    });
    if (included.kind !== "included") refuse("K-8", "the registration of a server is not in the log");
    const content = openings?.proof === undefined ? openings?.content : undefined;
    if (content === undefined || sealedCommitment(sha256, "content", content) !== leaf.sealed?.content)
      refuse("K-8", "the registration of a server does not open to what was sealed");
  }
  return harmlessServers(manifest, entries);
}

/** Splits a file into lines. @throws PackRefusal K-2 */
function linesOf(bytes: Uint8Array, name: string): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, from)) {
    lines.push(bytes.subarray(from, at));
    from = at + 1;
  }
  if (from !== bytes.length || lines.length === 0 || lines.length > LEAVES_A_FILE)
    refuse("K-2", `${name} is not 1 to ${LEAVES_A_FILE} lines`);
  return lines;
}

/** Follows the agent's chain back from the evaluation. */
class Chain {
  readonly population: Population;
  leaves = 0;
  isOver = false;
  /** Newest first. */
  readonly #containment: ContainmentLeaf[] = [];
  readonly #tokens: GlassTokens = new GlassTokens();
  readonly #sha256: Sha256;
  readonly #ref: string;
  #expected: { readonly hash: string; readonly seq: number };

  constructor(sha256: Sha256, { evaluated, pack, seed }: ReleasePart, population: Population) {
    this.population = population;
    this.#sha256 = sha256;
    this.#ref = pack.ref;
    this.#expected = { hash: seed, seq: evaluated.leaf.agent?.seq ?? 0 };
  }

  take(bytes: Uint8Array): void {
    if (this.isOver) refuse("K-7", "leaves stand behind the last one of the agent");
    if (toBase64url(leafHash(this.#sha256, bytes)) !== this.#expected.hash)
      refuse("K-7", "a leaf is not the one before in the chain of the agent");
    const leaf: Leaf = parseLeafBytes(bytes);
    const { agent } = leaf;
    if (agent?.id !== this.#ref || agent.seq !== this.#expected.seq)
      refuse("K-7", "a leaf is not at its place in the chain of the agent");
    this.population.take(leaf);
    if (concernsContainment(leaf)) this.#containment.push(leaf);
    if (leaf.type === "token") this.#tokens.takeToken(leaf);
    if (this.#containment.length > MAX_CONTAINMENT || this.#tokens.deployments > MAX_CONTAINMENT)
      refuse("K-13", "there are more registrations and break-glasses than a pack can have");
    if (this.population.size > MAX_POPULATION)
      refuse("K-7", "there are more transactions than a pack can have");
    this.leaves++;
    this.isOver = this.population.ends(leaf);
    this.#expected = { hash: agent.prev ?? "", seq: agent.seq - 1 };
  }

  /** Holds what was met to, oldest first. @throws PackRefusal K-13 */
  checkContained(): void {
    const glasses = new ContainedGlasses();
    for (const leaf of this.#containment.reverse()) {
      const fault = glasses.take(leaf);
      if (fault !== undefined) refuse("K-13", fault.message);
      if (leaf.type === "release") this.#tokens.takeGlass(leaf);
    }
    const lacking = glasses.finish() ?? this.#tokens.faults()[0];
    if (lacking !== undefined) refuse("K-13", lacking.message);
  }
}

/** Reads the agent's leaves, and says which transactions have to be there. @throws PackRefusal K-2, K-7, K-8, K-13 */
export async function checkPopulation(
  files: ArchiveReader,
  part: ReleasePart,
  sha256: Sha256,
): Promise<CheckedPopulation> {
  const population = new Population(part.pack.since, {
    servers: await readServers(files, part, sha256),
    deployments: ownDeployments(part.entries, part.pack.release),
  });
  const chain = new Chain(sha256, part, population);
  for (let number = 1; !chain.isOver; number++) {
    const name = populationName(number);
    const lines = linesOf(await files.take(name), name);
    for (const line of lines) chain.take(line);
    if (!chain.isOver && lines.length < LEAVES_A_FILE) refuse("K-2", `${name} is not full`);
  }
  chain.checkContained();
  const { procedure } = part.manifest;
  return {
    selection: population.select(sha256, part.seed, part.pack.sample),
    leaves: chain.leaves,
    procedures: [...new Set([...population.procedures, procedure])].sort(),
  };
}
