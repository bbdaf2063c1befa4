import {
  type Evaluation,
  PACK_NAMES,
  PACK_README,
  type PackDocument,
  type PackEnd,
  parsePackEnd,
  parsePackFile,
} from "@narrowgate/contracts";
import { canonicalJson, equalBytes, isNarrowgateError, utf8 } from "@narrowgate/kernel";
import type { VerifyOptions } from "../evidence.ts";
import type { Failure, Standing, Verdict } from "../report.ts";
import type { PackReport } from "../verify-pack.ts";
import { type CheckedPopulation, checkPopulation } from "./check-population.ts";
import { checkReleasePart } from "./check-release-part.ts";
import { checkCertificateAndPolicies, checkReports, type ReportMaker } from "./check-reports.ts";
import { type CheckedTransactions, checkTransactions, type OnVerified } from "./check-transactions.ts";
import { ArchiveReader } from "./read-archive.ts";
import { PackRefusal, refuse } from "./refuse.ts";

/** What the caller supplies beside the pack. */
export interface EvidencePackOptions extends VerifyOptions {
  readonly reports: ReportMaker;
  readonly onVerified?: OnVerified;
}

/** What an evidence pack shows. Of a failed one nothing but the failure is told. */
export interface EvidencePackReport {
  readonly verdict: Verdict;
  /** Exactly when the verdict is `open`. */
  readonly upToHere?: Standing;
  /** The first rule that does not hold; empty unless the verdict is `failed`. */
  readonly failures: readonly Failure[];
  readonly pack?: PackDocument;
  readonly end?: PackEnd;
  /** The evaluation that is reported: the newest one, where the release was signed on an older one. */
  readonly reported?: Evaluation;
  /** The release, as its own pack shows it. */
  readonly release?: PackReport;
  readonly transactions?: CheckedTransactions;
}

function checkEnd(
  end: PackEnd,
  { selection, leaves, procedures }: CheckedPopulation,
  [transactions, digest]: readonly [number, string],
): void {
  const expected: PackEnd = {
    format: "narrowgate-evidence-end/1",
    leaves,
    population: selection.population,
    sensitive: selection.sensitive.length,
    sampled: selection.sampled.length,
    transactions,
    procedures,
    digest,
  };
  if (canonicalJson(end) !== canonicalJson(expected))
    refuse("K-11", "the end says something else than the pack has");
}

class Check {
  /** The rule that is broken when something cannot be read. */
  rule = "K-1";
  readonly #files: ArchiveReader;
  readonly #options: EvidencePackOptions;

  constructor(source: AsyncIterable<Uint8Array>, options: EvidencePackOptions) {
    this.#files = new ArchiveReader(options.crypto.sha256, source);
    this.#options = options;
  }

  async run(): Promise<EvidencePackReport> {
    const { crypto, reports, onVerified = () => undefined } = this.#options;
    const { sha256 } = crypto;
    const files = this.#files;
    this.rule = "K-2";
    if (!equalBytes(await files.take(PACK_NAMES.readme), utf8(PACK_README)))
      refuse("K-2", "README.txt is another text than that of the specification");
    this.rule = "K-3";
    const part = await checkReleasePart(files, this.#options);
    this.rule = "K-4";
    await checkReports(files, part, { sha256, reports });
    this.rule = "K-6";
    await checkCertificateAndPolicies(files, part, sha256);
    this.rule = "K-7";
    const population = await checkPopulation(files, part, sha256);
    this.rule = "K-10";
    const options = this.#options;
    const transactions = await checkTransactions(files, [part, population], { options, onVerified });
    this.rule = "K-11";
    const { digest } = files;
    const end = parsePackEnd(parsePackFile(await files.take(PACK_NAMES.end), PACK_NAMES.end));
    checkEnd(end, population, [transactions.verified, digest]);
    this.rule = "K-1";
    if ((await files.peek()) !== null) refuse("K-2", "there are more files than a pack has");
    const { proven: release, pack, evaluation: reported } = part;
    return { ...this.#verdict(transactions), failures: [], pack, end, reported, release, transactions };
  }

  #verdict({ open }: CheckedTransactions): { readonly verdict: Verdict; readonly upToHere?: Standing } {
    const { trust } = this.#options;
    const standing =
      trust === undefined
        ? "self-consistent"
        : trust.witnesses.threshold > 0
          ? "verified"
          : "verified, unwitnessed";
    return open === 0 ? { verdict: standing } : { verdict: "open", upToHere: standing };
  }
}

/**
 * Verifies an evidence pack offline, one file of it in memory at a time.
 * Trust: `source` is attacker-controlled; the trust file is the caller's own. No network, no clock. Never throws on what it
 * reads; a source that fails rejects.
 * @see docs/spec/evidence-pack.md
 */
export async function verifyEvidencePack(
  source: AsyncIterable<Uint8Array>,
  options: EvidencePackOptions,
): Promise<EvidencePackReport> {
  const check = new Check(source, options);
  try {
    return await check.run();
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    const rule = error instanceof PackRefusal ? error.rule : check.rule;
    return { verdict: "failed", failures: [{ rule, message: error.publicMessage }] };
  }
}
