import {
  type ActorChain,
  type Authority,
  chainDepth,
  checkChainStep,
  checkHop,
  earliestExpiry,
  formatAuthority,
  parseActorChain,
  parseAuthority,
  parseRequestedAuthority,
} from "@narrowgate/authority";
import {
  type AccessTokenClaims,
  intentDigest,
  isHandOffToken,
  isUpstreamToken,
  openedMember,
  parseMandateDocument,
} from "@narrowgate/contracts";
import { canonicalJson, type JsonValue } from "@narrowgate/kernel";
import { absentPart, type Entry, type Evidence, entriesOf, entryOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { registeredAgent } from "../registered-agent.ts";
import type { TokenFact, TokenFacts } from "../token-facts.ts";
import { gateHopFault } from "./check-gate-hop.ts";

type HopMode = Entry<"token">["leaf"]["body"]["mode"];

/** What a hop starts from: a token, or the mandate at the root. */
interface Start {
  readonly authority: Authority;
  readonly chain: ActorChain | undefined;
  readonly expires: number;
  readonly sub: string;
}

function chainOf(claims: AccessTokenClaims): ActorChain | undefined {
  return claims.act === undefined ? undefined : parseActorChain(claims.act);
}

function parentOf(findings: Findings, fact: TokenFact, facts: TokenFacts): Start | undefined {
  const { entry, claims } = fact;
  const parent = facts.get(entry.leaf.body.parent ?? "");
  if (parent === undefined) return undefined;
  const fail = (message: string): undefined => {
    findings.fail("E-18", message, entry.leaf.id);
    return undefined;
  };
  if (parent.entry.index >= entry.index) return fail("a token stands before its parent");
  if (parent.claims.txn !== claims.txn) return fail("the parent is of another transaction");
  if (
    claims.ng.parent?.jti !== parent.claims.jti ||
    claims.ng.parent.hash !== parent.entry.leaf.body.digest
  ) {
    return fail("the token names another parent than its leaf");
  }
  if (claims.ng.mandate !== parent.claims.ng.mandate) return fail("the mandate changes along the chain");
  if (claims.ng.intent !== parent.claims.ng.intent) return fail("the intent changes along the chain");
  if (isUpstreamToken(parent.claims)) return fail("a token of the gate opens no door of ours");
  if (claims.sub_profile !== parent.claims.sub_profile)
    return fail("the kind of subject changes along the chain");
  const { granted: authority, claims: from } = parent;
  return { authority, chain: chainOf(from), expires: from.exp, sub: from.sub };
}

/** The opened mandate a root token rests on. */
function mandateOf(evidence: Evidence, findings: Findings, { entry, claims }: TokenFact): Start | undefined {
  const mandate = entriesOf(evidence, "mandate").find(
    ({ leaf }) => leaf.body.mandate === claims.ng.mandate && leaf.body.action === "opened",
  );
  if (mandate === undefined || mandate.leaf.txn?.id !== claims.txn || mandate.index >= entry.index) {
    findings.fail("E-22", "no mandate leaf of this transaction stands before a root token", entry.leaf.id);
    return undefined;
  }
  if (mandate.leaf.body.basis !== claims.ng.basis)
    findings.fail("E-18", "the token names another basis", entry.leaf.id);
  const opened = openedMember(mandate.openings.content, "document");
  if (opened === undefined) return undefined;
  const document = parseMandateDocument(opened);
  if (claims.client_id !== document.agent) {
    findings.fail("E-18", "the mandate was given to another agent", entry.leaf.id);
  }
  const { intent } = document;
  const declared = intent === undefined ? undefined : intentDigest(evidence.crypto.sha256, intent);
  if (claims.ng.intent !== declared)
    findings.fail("E-33", "the token carries another intent than the mandate declares", entry.leaf.id);
  const isAutonomous = document.subject === `agent:${document.agent}`;
  return {
    authority: parseAuthority(document.authority),
    chain: undefined,
    expires: document.expires,
    sub: isAutonomous ? document.agent : document.subject,
  };
}

/** The resource a hop is aimed at, as its authority names it. */
function targetOf(claims: AccessTokenClaims): { readonly resource?: string } {
  if (isHandOffToken(claims)) return {};
  const [reach = claims.aud] = claims.ng.reach;
  return { resource: isUpstreamToken(claims) ? reach : claims.aud };
}

function hopFault(start: Start, { entry, claims, granted }: TokenFact): string | undefined {
  const content = entry.openings.content;
  const bound = (name: string): Authority => parseAuthority(openedMember(content, name));
  if (canonicalJson(formatAuthority(bound("granted"))) !== canonicalJson(formatAuthority(granted))) {
    return "the token carries another authority than was granted";
  }
  const requested: JsonValue | undefined = openedMember(content, "requested");
  const outcome = checkHop(
    {
      parent: start.authority,
      actorCeiling: bound("actor_ceiling"),
      clientCeiling: bound("client_ceiling"),
      mode: entry.leaf.body.mode === "rebind" ? "rebind" : "continuation",
      ...targetOf(claims),
      at: claims.iat,
      ...(requested === undefined ? {} : { requested: parseRequestedAuthority(requested) }),
    },
    granted,
  );
  if (outcome.kind === "granted") return undefined;
  const { bound: exceeded, dimension, path } = outcome.violation;
  return `the hop is wider than the ${exceeded} allows: ${dimension} at ${path}`;
}

/** Both ceilings are the registered one of the agent that asked, and will present the token. */
function ceilingFault(evidence: Evidence, findings: Findings, fact: TokenFact): string | undefined {
  const { entry, claims } = fact;
  const claimed = (): undefined =>
    void findings.remark(entry.leaf.id, "(its ceilings are as claimed by the gate)");
  if (isUpstreamToken(claims)) {
    const fault = gateHopFault(evidence, fact);
    return fault === "undisclosed" ? claimed() : fault;
  }
  // INVARIANT: only the gate's own tokens are no agent's: else a silent leaf would be held to no registered ceiling.
  if (entry.leaf.agent === undefined) return "the token is no agent's";
  const agent = registeredAgent(evidence, entry);
  if (agent === undefined) return claimed();
  if (claims.client_id !== agent.id) return "the token is of another agent than its leaf";
  const ceilings = ["actor_ceiling", "client_ceiling"].map((name) =>
    openedMember(entry.openings.content, name),
  );
  const registered = canonicalJson(formatAuthority(agent.ceiling));
  const same = ceilings.every(
    (ceiling) => canonicalJson(formatAuthority(parseAuthority(ceiling))) === registered,
  );
  return same ? undefined : "a ceiling is not the registered one";
}

/** The decision that permits a token is about its parent, mandate and instance. */
function decisionFault(evidence: Evidence, { entry, claims }: TokenFact): string | undefined {
  const { body } = entryOf(evidence, entry.leaf.body.decision, "decision")?.leaf ?? {};
  if (body === undefined) return undefined;
  if (body.token !== entry.leaf.body.parent) return "its decision was about another parent";
  if (body.mandate !== undefined && body.mandate !== claims.ng.mandate)
    return "its decision was about another mandate";
  const sameInstance = body.instance === undefined || body.instance === claims.ng.instance;
  return sameInstance ? undefined : "its decision was about another instance";
}

function stepFault(start: Start, { claims, granted }: TokenFact, mode: HopMode): string | undefined {
  const chain = chainOf(claims);
  if (claims.exp > start.expires) return "a token outlives what it comes from";
  if (claims.exp > earliestExpiry(granted)) return "a token outlives authority that is in it";
  if (start.sub !== claims.sub) return "the subject changes along the chain";
  if (mode === "root") return chainDepth(chain) <= 1 ? undefined : "a root token has a chain behind it";
  const step = checkChainStep(start.chain, chain, mode);
  return step.kind === "valid" ? undefined : `the actor chain is no valid step: ${step.reason}`;
}

function checkOne(evidence: Evidence, findings: Findings, fact: TokenFact, facts: TokenFacts): void {
  const { entry } = fact;
  const { mode } = entry.leaf.body;
  const start = mode === "root" ? mandateOf(evidence, findings, fact) : parentOf(findings, fact, facts);
  if (start === undefined) {
    findings.mark(entry.leaf.id, { status: "missing" });
    findings.remark(entry.leaf.id, "(what it comes from is not opened)");
    return;
  }
  const fault =
    stepFault(start, fact, mode) ??
    hopFault(start, fact) ??
    ceilingFault(evidence, findings, fact) ??
    decisionFault(evidence, fact);
  if (fault === undefined) findings.mark(entry.leaf.id, { status: "proven" });
  else findings.fail("E-18", fault, entry.leaf.id);
}

function checkParentLeaf(
  evidence: Evidence,
  findings: Findings,
  known: ReadonlySet<string>,
  entry: Entry<"token">,
): void {
  const { parent } = entry.leaf.body;
  if (parent !== undefined && !known.has(parent)) {
    findings.fail("E-18", "the parent is no token leaf of the bundle", entry.leaf.id);
  }
  const absent = absentPart(evidence, entry, ["proof", "content"]);
  if (absent !== undefined) findings.mark(entry.leaf.id, { status: absent });
}

/**
 * Checks each hop again: claims against leaf, parent, narrowing under both ceilings, chain step, expiry.
 * @see docs/spec/evidence.md E-18; docs/spec/authority.md sections 6 and 7
 */
export function checkHops(evidence: Evidence, findings: Findings, facts: TokenFacts): void {
  const tokens = entriesOf(evidence, "token");
  const known = new Set(tokens.map(({ leaf }) => leaf.body.token));
  for (const entry of tokens) {
    checkParentLeaf(evidence, findings, known, entry);
    const fact = facts.get(entry.leaf.body.token);
    if (fact === undefined || absentPart(evidence, entry, ["proof", "content"]) !== undefined) continue;
    findings.attempt("E-18", entry.leaf.id, () => checkOne(evidence, findings, fact, facts));
  }
}
