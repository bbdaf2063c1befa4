import { openedMember } from "@narrowgate/contracts";
import {
  canonicalBytes,
  type JsonValue,
  readArray,
  readObject,
  readString,
  toBase64url,
} from "@narrowgate/kernel";
import {
  type CompiledPolicies,
  type CompileOutcome,
  compilePolicies,
  type PolicyBundle,
  type PolicyEngine,
} from "@narrowgate/policy";
import { absentPart, type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";

/** A policy leaf and what it holds. */
export interface PolicyInForce {
  readonly from: number;
  readonly digest: string;
  readonly procedure: string;
  /** Absent when the bundle is erased or missing. */
  readonly compiled?: CompiledPolicies;
  /** With `compiled`: what it was compiled from. */
  readonly bundle?: PolicyBundle;
  readonly absent?: "erased" | "missing";
}

/** Reads the bundle of a policy leaf. Trust: attacker-controlled. @throws NarrowgateError `malformed_input` */
export function readPolicyBundle(value: unknown): PolicyBundle {
  const sent = readObject(value, "/bundle", ["files", "schema"]);
  const files = readArray(
    sent.files,
    "/bundle/files",
    (item, path) => {
      const file = readObject(item, path, ["name", "text"]);
      return {
        name: readString(file.name, `${path}/name`),
        text: readString(file.text, `${path}/text`, { max: 16_777_216 }),
      };
    },
    { max: 100_000 },
  );
  return { files, schema: readString(sent.schema, "/bundle/schema", { max: 16_777_216 }) };
}

// Compiling takes longer than all else about a small bundle, and an auditor's bundles share their policies.
// TRUST: the key is the very text that is compiled, so a bundle can put nothing here that another one would not.
const compiledBefore = new WeakMap<PolicyEngine, Map<string, CompileOutcome>>();
const maxKept = 8;

function compileOnce(engine: PolicyEngine, opened: JsonValue): CompileOutcome {
  const known = compiledBefore.get(engine) ?? new Map<string, CompileOutcome>();
  compiledBefore.set(engine, known);
  const key = toBase64url(engine.sha256(canonicalBytes(opened)));
  const outcome = known.get(key) ?? compilePolicies(engine, readPolicyBundle(opened));
  if (known.size >= maxKept && !known.has(key)) known.clear();
  known.set(key, outcome);
  return outcome;
}

function compile(
  evidence: Evidence,
  findings: Findings,
  { leaf, openings }: Entry<"policy">,
): CompiledPolicies | undefined {
  const outcome = compileOnce(evidence.engine, openedMember(openings.content, "bundle") ?? null);
  if (outcome.kind === "rejected") {
    findings.fail("E-16", "the policies on record do not compile", leaf.id);
    return undefined;
  }
  if (outcome.policies.digest !== leaf.body.digest) {
    findings.fail("E-16", "the policies on record are not those whose digest the leaf has", leaf.id);
    return undefined;
  }
  return outcome.policies;
}

function checkPrevious(findings: Findings, policies: readonly Entry<"policy">[]): void {
  policies.forEach(({ leaf }, i) => {
    const before = policies[i - 1];
    // Between two policy leaves of a bundle there may be others that governed nothing here.
    if (before !== undefined && leaf.body.previous === undefined) {
      findings.fail("E-16", "a policy leaf forgets the one before it", leaf.id);
    }
  });
}

/**
 * Compiles every policy bundle in hand and compares it with its leaf.
 * @see docs/spec/evidence.md E-16 (1)
 */
export function readPolicies(evidence: Evidence, findings: Findings): readonly PolicyInForce[] {
  const leaves = entriesOf(evidence, "policy");
  checkPrevious(findings, leaves);
  const compiledByDigest = new Map<string, CompiledPolicies>();
  return leaves.map((entry) => {
    const { digest, procedure } = entry.leaf.body;
    const absent = absentPart(evidence, entry, ["content"]);
    if (absent !== undefined) return { from: entry.index, digest, procedure, absent };
    const compiled =
      compiledByDigest.get(digest) ??
      findings.attempt("E-16", entry.leaf.id, () => compile(evidence, findings, entry));
    if (compiled === undefined) return { from: entry.index, digest, procedure, absent: "missing" };
    compiledByDigest.set(digest, compiled);
    const bundle = readPolicyBundle(openedMember(entry.openings.content, "bundle"));
    return { from: entry.index, digest, procedure, compiled, bundle };
  });
}

/**
 * The policies that govern a decision: those of the last policy leaf before it. In production each release has its own, and
 * the newest leaf before it that has their digest is the one; which release it has to be is said by R-12.
 */
export function policyAt(
  policies: readonly PolicyInForce[],
  { index, leaf }: Entry<"decision">,
  isProduction: boolean,
): PolicyInForce | undefined {
  const before = policies.filter(({ from }) => from < index);
  const named = isProduction ? before.findLast(({ digest }) => digest === leaf.body.policy) : undefined;
  return named ?? before.at(-1);
}
