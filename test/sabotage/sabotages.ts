/** One function of the running server, broken in memory: the product has no switch for it. */
export interface Sabotage {
  readonly id: string;
  /** What is broken, in words. */
  readonly what: string;
  /** Source file from the root of the repository. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Drills that are run against it, by the catalogue's ids, and what `look.ts` tries of its own, by its names there. */
  readonly drills: readonly string[];
}

const gateway = "packages/server/src/gateway";
const sts = "packages/server/src/sts";

/** What is broken, one at a time. */
export const SABOTAGES: readonly Sabotage[] = [
  {
    id: "no-narrowing",
    what: "an exchange is bounded by the agent's ceiling alone, no longer by the token it comes from",
    file: `${sts}/steps/narrow.ts`,
    find: "parent: stage.source.authority,",
    replace: "parent: ceiling,",
    drills: ["DR-05"],
  },
  {
    id: "no-proof-key",
    what: "a proof by any key will do, not by the token's alone",
    file: `${gateway}/steps/authenticate-caller.ts`,
    find: 'if (proof.jkt !== claims.cnf.jkt) return refuse("invalid_dpop_proof");',
    replace: "",
    drills: ["DR-02"],
  },
  {
    id: "proof-used-again",
    what: "a proof that was used is taken again",
    file: "packages/server/src/platform/jose/proof-verifier.ts",
    find: 'if (!deps.used.take(use)) return refused("replayed");',
    replace: "deps.used.take(use);",
    drills: ["DR-02"],
  },
  {
    id: "proof-unsigned",
    what: "the signature of a proof is not looked at",
    file: "packages/server/src/platform/jose/proof-verifier.ts",
    find: "if (!(await verifyEs256(cached.key, utf8(jws.signingInput), jws.signature)))",
    replace: "if (cached.jkt === '')",
    drills: ["DR-02"],
  },
  {
    id: "any-audience",
    what: "a token is taken at every server, not at its own alone",
    file: `${gateway}/steps/authenticate-caller.ts`,
    find: "claims.aud !== audience || claims.ng.env !== deps.env",
    replace: "claims.ng.env !== deps.env",
    drills: ["DR-07"],
  },
  {
    id: "revocation-ignored",
    what: "epochs are never compared: nothing that was revoked ends",
    file: "packages/server/src/containment/containment.ts",
    find: "pairs.find(([kindRef, epoch]) => table.get(kindRef) > epoch)?.[0],",
    replace: "pairs.length < 0 ? 'never' : undefined,",
    drills: ["DR-09"],
  },
  {
    id: "approval-kept",
    what: "an approval is not used up by the call that rests on it",
    file: "packages/server/src/approvals/held-approvals.ts",
    find: "for (const request of used) room.table.end(request, ending(request));",
    replace: "void ending;",
    drills: ["DR-16"],
  },
  {
    id: "anybody-approves",
    what: "subject, owner and deputy may approve their own call",
    file: "packages/server/src/approvals/eligibility.ts",
    find: "  return barred.some(",
    replace: "  return own.size < 0 && barred.some(",
    drills: ["DR-15"],
  },
  {
    id: "policy-allows",
    what: "what policy denies is permitted",
    file: "packages/server/src/decisions/decide-call.ts",
    find: 'if (verdict === "deny") {',
    replace: 'if (verdict === ("denied" as string)) {',
    drills: ["DR-16"],
  },
  {
    id: "cap-not-counted",
    what: "calls under a cap are not counted",
    file: `${gateway}/spend/call-ledger.ts`,
    find: "spent.set(key, before + 1);",
    replace: "",
    drills: ["DR-10"],
  },
  {
    id: "labels-stay",
    what: "labels never rise, whatever was read",
    file: "packages/server/src/flow/labels.ts",
    find: "return isAtMost(to, carried) ? undefined : set(labelled, to, place);",
    replace: "return isAtMost(to, carried) || keyOf(labelled) !== '' ? undefined : set(labelled, to, place);",
    drills: ["DR-24"],
  },
  {
    id: "pins-agree",
    what: "every description a server states passes for the approved one",
    file: `${gateway}/steps/resolve-operation.ts`,
    find: 'current: live?.digest ?? "absent"',
    replace: 'current: record.pin?.digest ?? "absent"',
    drills: ["DR-22"],
  },
  {
    id: "outcome-lost",
    what: "how a call ended is not recorded, and nobody is told",
    file: `${gateway}/steps/settle-call.ts`,
    find: "deps.evidence.record([outcome, ...(flow?.drafts ?? [])], flow?.changes);",
    replace:
      "outcome.body === undefined || (flow?.drafts ?? []).length > 0 ? deps.evidence.record([...(flow?.drafts ?? [])], flow?.changes) : { durable: Promise.resolve() };",
    drills: [],
  },
  {
    id: "mint-unrecorded",
    what: "an exchanged token is signed without being put on record",
    file: `${sts}/steps/decide-and-record.ts`,
    find: "const recorded = ports.evidence.record(permitGroup(stage, decision, ports), changes);",
    replace:
      'const recorded = stage.source.mode === "root" ? ports.evidence.record(permitGroup(stage, decision, ports), changes) : { durable: Promise.resolve() };',
    drills: ["DR-06"],
  },
  {
    id: "mint-unreleased",
    what: "production asks for no release: it mints for an agent that nobody signed, and lets it call",
    file: "packages/server/src/compose/open-front.ts",
    find: 'config.environment === "prod" ? { releases } : {}',
    replace: 'config.environment === ("nowhere" as string) ? { releases } : {}',
    drills: ["production"],
  },
  {
    id: "gate-opens",
    what: "a release is promoted without signatures, whatever controls say",
    file: "packages/server/src/assurance/releases/gate.ts",
    find: "  const missing = missingRoles(proposal);",
    replace:
      '  if (missingRoles(proposal).length > 0) return checkStanding(room, proposal, "newest");\n  const missing = missingRoles(proposal);',
    drills: ["DR-30"],
  },
  {
    id: "newest-decide",
    what: "in production the newest policies decide, not those that the release was signed with",
    file: "packages/server/src/compose/deciding-policies.ts",
    find: "deployment === undefined ? policies.current() : policies.of(releases.policyOf(deployment))",
    replace: 'deployment === "" ? policies.of(releases.policyOf(deployment)) : policies.current()',
    drills: ["later policies"],
  },
  {
    id: "overlay-ignored",
    what: "what a responder forbids over all policies is not asked",
    file: "packages/server/src/compose/deciding-policies.ts",
    find: "if (standing.length === 0) return",
    replace: "if (standing.length >= 0) return",
    drills: ["responder"],
  },
  {
    id: "glass-alone",
    what: "one person breaks the glass: her signature alone lets an agent through",
    file: "packages/server/src/assurance/releases/glass/sign-glass.ts",
    find: "if (!isSignedBy(proposal.given.map(({ role }) => role))) return false;",
    replace: "if (isSignedBy([])) return false;",
    drills: ["one of two"],
  },
  {
    id: "hold-ignored",
    what: "a legal hold keeps nothing from being erased by whoever asks",
    file: "packages/server/src/retention/holds.ts",
    find: "const hold = this.over(about);",
    replace: "const hold = this.list().find(() => false);",
    drills: ["DR-31"],
  },
];
