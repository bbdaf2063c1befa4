import { type Leaf, SEALED_PARTS, type SealedPart } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";
import type { Store } from "../../platform/store/store.ts";
import type { OpeningReader } from "../openings.ts";
import { partCommitment } from "../part-commitment.ts";
import type { AuditFindings } from "./audit-findings.ts";

/** Part of which transaction, or of which leaf. */
function erasedName(scope: string, part: SealedPart): string {
  return `${scope}/${part}`;
}

/** Holds sealed parts against their commitments, and absences against erasures. @see docs/spec/evidence.md E-7, E-23 */
export class SealedAudit {
  readonly #findings: AuditFindings;
  readonly #store: Store;
  readonly #openings: OpeningReader | undefined;
  /** Absent parts, until an erasure explains them. */
  readonly #absent = new Map<string, number[]>();
  erased = 0;

  /** @param openings - undefined when the auditor has no keys: then only presence is checked */
  constructor(findings: AuditFindings, store: Store, openings: OpeningReader | undefined) {
    this.#findings = findings;
    this.#store = store;
    this.#openings = openings;
  }

  /** Takes the next leaf. */
  async leaf(index: number, leaf: Leaf): Promise<void> {
    const present = new Set((await this.#store.sealed(index)).map(({ part }) => part));
    for (const part of SEALED_PARTS) {
      const committed = leaf.sealed?.[part] !== undefined;
      this.#findings.check(
        committed || !present.has(part),
        "store",
        index,
        "a part is sealed that the leaf does not name",
      );
      if (committed && !present.has(part)) this.#miss(index, leaf, part);
    }
    if (leaf.type === "erasure") this.#erase(leaf);
    if (this.#openings !== undefined) await this.#open(index, leaf, this.#openings);
  }

  /** Reports what no erasure explains. */
  finish(): void {
    for (const [name, indexes] of this.#absent) {
      for (const index of indexes) this.#findings.check(false, "E-23", index, `the part ${name} is missing`);
    }
  }

  #miss(index: number, leaf: Leaf, part: SealedPart): void {
    const name = leaf.txn === undefined ? erasedName(leaf.id, part) : erasedName(leaf.txn.id, part);
    this.#absent.set(name, [...(this.#absent.get(name) ?? []), index]);
  }

  #erase(leaf: Leaf<"erasure">): void {
    for (const part of leaf.body.parts) {
      const name = part.includes("/") ? part : `${leaf.body.txn}/${part}`;
      this.erased += this.#absent.get(name)?.length ?? 0;
      this.#absent.delete(name);
    }
  }

  async #open(index: number, leaf: Leaf, openings: OpeningReader): Promise<void> {
    try {
      const opened = await openings.open(index, leaf.id);
      for (const part of SEALED_PARTS) {
        const text = opened[part];
        if (text === undefined) continue;
        const isSame = leaf.sealed?.[part] === partCommitment(leaf.type, part, text);
        this.#findings.check(isSame, "E-7", index, `the ${part} part is another`);
      }
    } catch (error) {
      if (!isNarrowgateError(error)) throw error;
      this.#findings.check(false, "E-7", index, `a part does not open: ${error.publicMessage}`);
    }
  }
}
