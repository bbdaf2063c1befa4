import { type Leaf, type LeafType, parseLeafBytes } from "@narrowgate/contracts";
import { equalBytes, fromBase64url, isNarrowgateError, sha256, toBase64url } from "@narrowgate/kernel";
import { decodeEntryBundle, Frontier, leafHash, tileWidth } from "@narrowgate/tlog";
import {
  ContainedGlasses,
  type ContainmentFault,
  concernsContainment,
  GlassTokens,
} from "@narrowgate/verifier";
import type { AdminClient } from "../admin/admin-client.ts";
import { ChainFollower } from "./follow-chains.ts";
import type { Head } from "./read-head.ts";

const MAX_FINDINGS = 100;

/** A head seen earlier, which the log must still contain. */
export interface SeenHead {
  readonly size: number;
  /** Base64url. */
  readonly root: string;
}

/** What reading a whole log came to. It is sound exactly when `findings` is empty. */
export interface LogAudit {
  readonly origin: string;
  readonly size: number;
  readonly leaves: { readonly [T in LeafType]?: number };
  /** The first hundred. */
  readonly findings: readonly { readonly index: number; readonly rule: string; readonly message: string }[];
}

class Audit {
  readonly tree: Frontier = new Frontier(sha256);
  readonly leaves: { [T in LeafType]?: number } = {};
  readonly findings: { index: number; rule: string; message: string }[] = [];
  readonly #chains = new ChainFollower();
  /** By agent. */
  readonly #contained = new Map<string, ContainedGlasses>();
  /** By agent. */
  readonly #tokens = new Map<string, GlassTokens>();

  find(index: number, rule: string, message: string): void {
    if (this.findings.length < MAX_FINDINGS) this.findings.push({ index, rule, message });
  }

  take(bytes: Uint8Array): void {
    const index = this.tree.size;
    const hash = leafHash(sha256, bytes);
    this.tree.append(hash);
    try {
      const leaf = parseLeafBytes(bytes);
      this.leaves[leaf.type] = (this.leaves[leaf.type] ?? 0) + 1;
      const broken = this.#chains.take(leaf, index, toBase64url(hash));
      if (broken !== undefined) this.find(index, "E-3", broken);
      this.#contain(leaf);
    } catch (error) {
      if (!isNarrowgateError(error)) throw error;
      this.find(index, "E-6", error.publicMessage);
    }
  }

  /** Says what lacks at the end of the log. */
  finish(): void {
    for (const one of this.#contained.values()) this.#findUncontained(one.finish());
    for (const one of this.#tokens.values())
      for (const { index, message } of one.faults()) this.find(index, "R-24", message);
  }

  #contain(leaf: Leaf): void {
    const ref = leaf.agent?.id ?? "";
    // What names no agent is the gate's own, for a server.
    if (leaf.type === "token" && ref !== "") this.#tokensOf(ref).takeToken(leaf);
    if (!concernsContainment(leaf)) return;
    if (leaf.type === "release") this.#tokensOf(ref).takeGlass(leaf);
    const glasses = this.#contained.get(ref) ?? new ContainedGlasses();
    this.#contained.set(ref, glasses);
    this.#findUncontained(glasses.take(leaf));
  }

  #tokensOf(ref: string): GlassTokens {
    const tokens = this.#tokens.get(ref) ?? new GlassTokens();
    this.#tokens.set(ref, tokens);
    return tokens;
  }

  #findUncontained(fault: ContainmentFault | undefined): void {
    if (fault !== undefined) this.find(fault.index, "R-26", fault.message);
  }

  holdAgainst(root: Uint8Array, message: string): void {
    if (!equalBytes(this.tree.root(), root)) this.find(this.tree.size, "E-24", message);
  }
}

/**
 * Reads the public leaves of a whole log and checks what they prove by themselves: every leaf parses to its own bytes, no
 * chain has a gap, what stops an agent ends its break-glasses and their tokens keep to their time, the tree over them has the signed root, and a head seen
 * earlier is still in it. The reading is recorded.
 * Trust: the bytes come from the instance under audit; `head` was verified.
 */
export async function auditLog(
  admin: AdminClient,
  { checkpoint }: Head,
  seen: SeenHead | undefined,
): Promise<LogAudit> {
  const audit = new Audit();
  const { origin, size, root } = checkpoint;
  if (seen !== undefined && seen.size > size)
    audit.find(size, "E-24", `the log is shorter than the ${seen.size} entries seen before`);
  for (let index = 0; audit.tree.size < size; index++) {
    const width = Math.min(tileWidth, size - audit.tree.size);
    const bundle = await admin.bytes(`/log/entries?index=${index}&width=${width}`);
    const leaves = decodeEntryBundle(bundle);
    if (leaves.length !== width) {
      audit.find(audit.tree.size, "E-2", `a bundle has ${leaves.length} entries instead of ${width}`);
      break;
    }
    for (const leaf of leaves) {
      audit.take(leaf);
      if (audit.tree.size === seen?.size)
        audit.holdAgainst(fromBase64url(seen.root), "the head seen before is not in this log");
    }
  }
  audit.finish();
  audit.holdAgainst(root, "the entries do not have the signed root");
  return { origin, size, leaves: audit.leaves, findings: audit.findings };
}
