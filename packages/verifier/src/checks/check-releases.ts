import { RELEASE_ROLES } from "@narrowgate/contracts";
import type { VerifierKey } from "@narrowgate/tlog";
import { type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { certificateFault } from "./check-certificate.ts";
import { originOf } from "./check-checkpoint.ts";
import { askedFault, glassFault } from "./check-glass.ts";
import { promotionFault } from "./check-promotion.ts";
import { releaseSignatureFault } from "./check-release-signature.ts";
import { People } from "./people.ts";
import {
  isOfSame,
  type ReadRecord,
  type ReleaseEntry,
  type ReleaseRecord,
  readRecord,
} from "./release-record.ts";

/** Proposals that were in force at some time, by deployment digest. */
export type ActivatedReleases = ReadonlyMap<string, ReleaseRecord>;

class ReleaseCheck {
  readonly activated: Map<string, ReleaseRecord> = new Map();
  readonly #evidence: Evidence;
  readonly #findings: Findings;
  readonly #key: VerifierKey;
  readonly #people: People;
  readonly #records: Map<string, ReleaseRecord> = new Map();

  constructor(evidence: Evidence, findings: Findings, key: VerifierKey) {
    this.#evidence = evidence;
    this.#findings = findings;
    this.#key = key;
    this.#people = new People(evidence);
  }

  async check(entry: ReleaseEntry): Promise<void> {
    const { body } = entry.leaf;
    if (body.action === "proposed" || body.action === "glass_asked") return this.#propose(entry);
    const record = this.#records.get(body.proposal);
    if (record === undefined) return this.#fail("R-7", entry, "nobody proposed this release");
    const isGlass = record.proposed.leaf.body.action === "glass_asked";
    if (isGlass !== body.action.startsWith("glass_"))
      return this.#fail("R-22", entry, "a break-glass is no release, nor the other way round");
    switch (body.action) {
      case "signed":
      case "refused":
        return this.#answer(entry, record);
      case "activated":
      case "canary":
        return this.#activate(entry, record);
      case "glass_signed":
      case "glass_refused":
      case "glass_opened":
      case "glass_ended":
      case "glass_reviewed":
        return this.#glass(entry, record);
      default:
        if (!isOfSame(body, record.proposed.leaf.body))
          this.#fail("R-6", entry, "it names other digests than were proposed");
        if (body.action === "withdrawn") record.ended = true;
    }
  }

  #propose(entry: ReleaseEntry): void {
    const read = this.#readProposal(entry);
    const rule = entry.leaf.body.action === "proposed" ? "R-6" : "R-22";
    if ("fault" in read) this.#fail(rule, entry, read.fault);
    else this.#records.set(entry.leaf.body.proposal, read);
  }

  #readProposal(entry: ReleaseEntry): ReadRecord {
    if (this.#records.has(entry.leaf.body.proposal)) return { fault: "it was proposed before" };
    const read = readRecord(this.#evidence, entry);
    if ("fault" in read) return read;
    const fault = this.#placeFault(read) ?? askedFault(entry);
    return fault === undefined ? read : { fault };
  }

  /** A deployment is of the instance whose log it stands in. */
  #placeFault({ deployment }: ReleaseRecord): string | undefined {
    if (deployment === undefined) return undefined;
    const [genesis] = entriesOf(this.#evidence, "genesis");
    if (genesis !== undefined && genesis.leaf.body.environment !== deployment.environment)
      return "the deployment is of another environment";
    const host = originOf(this.#evidence.bundle.checkpoint)?.split("/log/")[0];
    const issuer = URL.canParse(deployment.issuer) ? new URL(deployment.issuer).host : undefined;
    return issuer === host ? undefined : "the deployment is of another instance";
  }

  async #answer(entry: ReleaseEntry, record: ReleaseRecord): Promise<void> {
    const { person, credential, role, action } = entry.leaf.body;
    // That all three stand in the leaf is its form.
    if (person === undefined || credential === undefined || role === undefined) return;
    const check = { evidence: this.#evidence, findings: this.#findings, people: this.#people };
    const fault = await releaseSignatureFault(check, entry, record, { person, credential, role });
    if (fault !== undefined) return this.#fail("R-7", entry, fault);
    if (action === "refused") record.ended = true;
    else record.signatures.push({ entry, role, person });
  }

  /** Four roles, each of them still held by who signed; or a release that was in force before. */
  #activationFault({ index, leaf: { body } }: ReleaseEntry, record: ReleaseRecord): string | undefined {
    if (!isOfSame(body, record.proposed.leaf.body)) return "it names other digests than were proposed";
    if (record.wasActive) return undefined;
    if (record.ended) return "it was refused or withdrawn";
    const stands = ({ person, role }: (typeof record.signatures)[number]): boolean =>
      this.#people.roles(person, index).includes(role) && !this.#people.isRemoved(person, index);
    const held = record.signatures.filter(stands).map(({ role }) => role);
    const missing = RELEASE_ROLES.filter((role) => !held.includes(role));
    return missing.length === 0 ? undefined : `nobody who may signed as ${missing.join(", ")}`;
  }

  async #activate(entry: ReleaseEntry, record: ReleaseRecord): Promise<void> {
    const fault =
      this.#activationFault(entry, record) ??
      (await certificateFault(this.#evidence, entry, record, this.#key));
    if (fault !== undefined && fault !== "undisclosed") return this.#fail("R-8", entry, fault);
    const early = promotionFault(this.#evidence, entry, record);
    if (early !== undefined) return this.#fail("R-20", entry, early);
    const known =
      fault === undefined
        ? "(its certificate says what the leaves say)"
        : "(its certificate is not disclosed)";
    this.#findings.remark(entry.leaf.id, known);
    record.wasActive = true;
    this.activated.set(entry.leaf.body.deployment, record);
  }

  async #glass(entry: ReleaseEntry, record: ReleaseRecord): Promise<void> {
    const check = { evidence: this.#evidence, findings: this.#findings, people: this.#people };
    const failed = await glassFault(check, entry, record);
    if (failed !== undefined) return this.#fail(failed.rule, entry, failed.fault);
    if (record.glass !== undefined) this.activated.set(entry.leaf.body.deployment, record);
  }

  #fail(rule: string, entry: ReleaseEntry, message: string): void {
    this.#findings.fail(rule, message, entry.leaf.id);
  }
}

/**
 * Checks every release in the bundle: what was proposed, who signed it, and that nothing else came into force.
 * @param key - the log key, which signs certificates
 * @see docs/spec/release.md
 */
export async function checkReleases(
  evidence: Evidence,
  findings: Findings,
  key: VerifierKey,
): Promise<ActivatedReleases> {
  const check = new ReleaseCheck(evidence, findings, key);
  for (const entry of entriesOf(evidence, "release"))
    await findings.attemptAsync("R-7", entry.leaf.id, () => check.check(entry));
  return check.activated;
}
