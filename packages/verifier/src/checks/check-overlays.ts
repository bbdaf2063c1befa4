import {
  type InputOpening,
  namedOverlays,
  openedMember,
  overlayDigest,
  overlaysInForce,
} from "@narrowgate/contracts";
import { type CompiledPolicies, compileOverlays, type PolicyBundle } from "@narrowgate/policy";
import { absentPart, type Entry, type Evidence, entriesOf, entryOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import type { PolicyInForce } from "./check-policies.ts";

/** A decision is made a moment before its leaf, on whose time what counted is held. */
const toleranceMs = 5_000;

/** What was put over the policies of a decision: nothing, forbids, or something that is not in hand. */
export type OverlaysOf =
  | { readonly kind: "none" }
  | { readonly kind: "forbids"; readonly policies: CompiledPolicies; readonly key: string }
  | { readonly kind: "absent"; readonly why: "erased" | "missing" }
  | { readonly kind: "fault"; readonly message: string };

function fault(message: string): OverlaysOf {
  return { kind: "fault", message };
}

/** The overlays of a bundle, and what they say of its decisions. @see docs/spec/evidence.md E-37 */
export class Overlays {
  readonly #evidence: Evidence;
  readonly #all: readonly Entry<"overlay">[];
  readonly #compiled: Map<PolicyBundle, Map<string, OverlaysOf>> = new Map();

  constructor(evidence: Evidence, findings: Findings) {
    this.#evidence = evidence;
    this.#all = entriesOf(evidence, "overlay");
    for (const entry of this.#all) {
      const wrong = this.#leafFault(entry);
      if (wrong !== undefined) findings.fail("E-37", wrong, entry.leaf.id);
    }
  }

  #leafFault({ index, leaf, openings }: Entry<"overlay">): string | undefined {
    const { digest, overlay } = leaf.body;
    const text = openedMember(openings.content, "text");
    if (
      text !== undefined &&
      (typeof text !== "string" || overlayDigest(this.#evidence.crypto.sha256, text) !== digest)
    )
      return "the text of an overlay is another one than its leaf names";
    if (overlay === undefined) return undefined;
    const lifted = entryOf(this.#evidence, overlay, "overlay");
    const isOne = lifted !== undefined && lifted.index < index && lifted.leaf.body.action === "put";
    return isOne && lifted.leaf.body.digest === digest ? undefined : "what is lifted is no overlay before it";
  }

  #nameFault(entry: Entry<"decision">, named: readonly string[], value: unknown): string | undefined {
    const sorted = [...new Set(named)].sort();
    if (!Array.isArray(value) || JSON.stringify(value) !== JSON.stringify(sorted) || sorted.length === 0)
      return "the overlays it names are no sorted list of leaf ids";
    const may = new Set(overlaysInForce(this.#all, entry, toleranceMs));
    return sorted.every((id) => may.has(id)) ? undefined : "it names an overlay that was not in force";
  }

  /** What a decision was made under besides policies, from its opened inputs. */
  of(entry: Entry<"decision">, inputs: readonly InputOpening[], { bundle }: PolicyInForce): OverlaysOf {
    const named = namedOverlays({ inputs });
    const value = inputs.find(({ path }) => path === "/overlays")?.value;
    const wrong = value === undefined ? undefined : this.#nameFault(entry, named, value);
    if (wrong !== undefined) return fault(wrong);
    // A refusal may have been made a moment before the overlay; without it nothing is let through.
    const isPermit = entry.leaf.body.verdict === "permit";
    if (isPermit && !overlaysInForce(this.#all, entry, 0).every((id) => named.includes(id)))
      return fault("it was made without an overlay that was in force");
    return named.length === 0 || bundle === undefined ? { kind: "none" } : this.#over(bundle, named);
  }

  #over(bundle: PolicyBundle, named: readonly string[]): OverlaysOf {
    const known = this.#compiled.get(bundle) ?? new Map<string, OverlaysOf>();
    this.#compiled.set(bundle, known);
    const key = named.join();
    const found = known.get(key) ?? this.#compile(bundle, named, key);
    known.set(key, found);
    return found;
  }

  #compile(bundle: PolicyBundle, named: readonly string[], key: string): OverlaysOf {
    const texts: { readonly id: string; readonly text: string }[] = [];
    for (const id of named) {
      const entry = entryOf(this.#evidence, id, "overlay");
      const text = openedMember(entry?.openings.content, "text");
      if (entry === undefined || typeof text !== "string")
        return {
          kind: "absent",
          why:
            entry === undefined ? "missing" : (absentPart(this.#evidence, entry, ["content"]) ?? "missing"),
        };
      texts.push({ id, text });
    }
    const outcome = compileOverlays(this.#evidence.engine, bundle, texts);
    return outcome.kind === "compiled"
      ? { kind: "forbids", policies: outcome.policies, key }
      : fault("an overlay it names does not compile, or does more than forbid");
  }
}
