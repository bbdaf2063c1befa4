import type { Leaf } from "@narrowgate/contracts";
import type { ForgetQueue, Forgotten, Known } from "./known.ts";
import { learnErasure, learnHold } from "./learn-holds.ts";
import { learnPeople } from "./learn-people.ts";
import { learnRegistry } from "./learn-registry.ts";
import { type Entry, type Open, own, type Want } from "./seen.ts";

/** How long permits, tokens and what revoked them stay known: an hour. No token lives longer than 900 s. */
const keptMs = 3_600_000;

/** What the ledger itself must have opened of a leaf: registrations, and nothing else. */
export function ledgerWants(entry: Entry): readonly Want[] {
  return entry.leaf.type === "registry" ? [own(entry, "content")] : [];
}

/** Adds a leaf to what is known. ORDER: after every control has seen it. */
export function learn(known: Known, entry: Entry, open: Open): void {
  const { leaf } = entry;
  if (known.leaves === 0) known.beganAt = leaf.at;
  known.leaves = entry.index + 1;
  known.lastAt = Math.max(known.lastAt, leaf.at);
  countToday(known, leaf);
  learnBy(known, entry, open);
  forgetOld(known, known.forget.soon);
  forgetOld(known, known.forget.late);
}

function learnBy(known: Known, entry: Entry, open: Open): void {
  const { leaf, index } = entry;
  switch (leaf.type) {
    case "decision":
      learnDecision(known, leaf, index);
      break;
    case "token":
      learnToken(known, leaf, index);
      break;
    case "dispatch":
      learnDispatch(known, leaf);
      break;
    case "outcome":
    case "unknown":
      delete known.decisions[leaf.body.decision];
      break;
    case "mandate":
      learnMandate(known, leaf);
      break;
    case "approval":
      learnApproval(known, leaf);
      break;
    case "registry":
      if (leaf.body.kind === "hold") learnHold(known, leaf, index);
      else learnRegistry(known, leaf, index, open(own(entry, "content")));
      break;
    default:
      learnRare(known, leaf, index);
  }
}

function learnRare(known: Known, leaf: Leaf, index: number): void {
  if (leaf.type === "genesis") learnGenesis(known, leaf);
  if (leaf.type === "label") learnLabel(known, leaf);
  if (leaf.type === "erasure") learnErased(known, leaf, index);
  if (leaf.type === "revocation") learnRevocation(known, leaf);
  if (leaf.type === "policy") learnPolicy(known, leaf, index);
  if (leaf.type === "overlay") learnOverlay(known, leaf);
  learnPeople(known, leaf, index);
}

function learnGenesis(known: Known, { body }: Leaf<"genesis">): void {
  known.environment = body.environment;
  if (body.previous !== undefined) known.recovered = true;
}

function learnErased(known: Known, leaf: Leaf<"erasure">, index: number): void {
  if (!isByAge(leaf)) known.erasedOnRequestAt = known.lastAt;
  learnErasure(known, leaf, index);
}

/** An operator may name any rule; by age nobody asks, and no request is sealed. @see docs/spec/evidence.md E-38 */
function isByAge({ body, sealed }: Leaf<"erasure">): boolean {
  return body.rule.startsWith("retention.") && sealed?.proof === undefined;
}

/** The newest leaf of a state counts: people may have let its label fall. */
function learnLabel(known: Known, { body }: Leaf<"label">): void {
  const state = `${body.state}/${body.ref}`;
  if (body.untrusted) known.untrusted[state] = true;
  else delete known.untrusted[state];
}

function learnPolicy(known: Known, { id, body }: Leaf<"policy">, index: number): void {
  const { digest, operator } = body;
  known.policy = { digest, entry: id, index, operator };
}

function learnOverlay(known: Known, { id, body }: Leaf<"overlay">): void {
  // Few stand at once, and those that are over are dropped when the next one comes.
  for (const [entry, until] of Object.entries(known.overlays))
    if (until + keptMs <= known.lastAt) delete known.overlays[entry];
  if (body.action === "put") known.overlays[id] = body.until ?? 0;
  else delete known.overlays[body.overlay ?? ""];
}

/** Actions whose permits have an effect of their own. */
const withEffect: ReadonlySet<string> = new Set(["call", "exchange", "list", "mint"]);
/** Of those, actions that end in a dispatch. */
const dispatching: ReadonlySet<string> = new Set(["call", "list"]);

function learnDecision(known: Known, { id, at, agent, txn, body }: Leaf<"decision">, index: number): void {
  const { action, verdict, token, mandate, instance, policy } = body;
  if (verdict !== "permit" || !withEffect.has(action)) return;
  known.decisions[id] = {
    index,
    at,
    action,
    ...(agent === undefined ? {} : { agent: agent.id }),
    ...(token === undefined ? {} : { token }),
    ...(mandate === undefined ? {} : { mandate }),
    policy,
    untrusted: isUntrusted(known, txn?.id, instance),
    dispatched: 0,
  };
  later(known.forget.soon, at + keptMs, "decision", id);
}

function learnToken(known: Known, { id, at, agent, txn, body }: Leaf<"token">, index: number): void {
  const decision = known.decisions[body.decision];
  const parent = body.parent === undefined ? undefined : known.tokens[body.parent];
  if (decision !== undefined && !dispatching.has(decision.action)) delete known.decisions[body.decision];
  known.tokens[body.token] = {
    entry: id,
    index,
    ...(agent === undefined ? {} : { agent: agent.id }),
    ...(txn === undefined ? {} : { txn: txn.id }),
    expires_s: body.expires_s,
    chain: chainOf(parent?.chain ?? [], body.mode, agent?.id),
    root: parent?.root ?? body.token,
    epochs: body.epochs,
  };
  later(known.forget.soon, at + keptMs, "token", body.token);
}

function isUntrusted(known: Known, txn: string | undefined, instance: string | undefined): boolean {
  return known.untrusted[`transaction/${txn}`] === true || known.untrusted[`instance/${instance}`] === true;
}

/** The presenters of a token: a rebind puts another one in front. */
export function chainOf(
  parent: readonly string[],
  mode: string,
  agent: string | undefined,
): readonly string[] {
  return mode === "continuation" || agent === undefined ? parent : [agent, ...parent];
}

function learnDispatch(known: Known, { body }: Leaf<"dispatch">): void {
  const decision = known.decisions[body.decision];
  if (decision !== undefined) decision.dispatched++;
}

function learnMandate(known: Known, { at, txn, body }: Leaf<"mandate">): void {
  if (body.action !== "opened") {
    const open = known.mandates[body.mandate];
    if (open !== undefined) open.endedAt = at;
    later(known.forget.soon, at + keptMs, "mandate", body.mandate);
    return;
  }
  const { mandate, expires } = body;
  known.mandates[mandate] = { expires, ...(txn === undefined ? {} : { txn: txn.id }) };
}

/** Kinds of which each transaction has its own: what is under them is forgotten by itself. */
const shortLived: ReadonlySet<string> = new Set(["mandate", "token"]);

function learnRevocation(known: Known, { at, body }: Leaf<"revocation">): void {
  const name = `${body.kind}:${body.id}`;
  known.feed = body.feed;
  known.epochs[name] = { epoch: body.epoch, at };
  if (shortLived.has(body.kind)) later(known.forget.soon, at + keptMs, "epoch", name);
}

function learnApproval(known: Known, { id, at, txn, body }: Leaf<"approval">): void {
  if (body.action === "requested") {
    known.approvals[body.approval] = {
      at,
      notAfter: body.not_after ?? 0,
      ...(txn === undefined ? {} : { txn: txn.id }),
      approved: {},
    };
    later(known.forget.late, (body.not_after ?? at) + keptMs, "approval", body.approval);
    return;
  }
  const asked = known.approvals[body.approval];
  if (asked === undefined) return;
  if (body.action !== "approved") {
    asked.ended ??= body.action;
    return;
  }
  asked.approved[`${body.role}#${body.slot}`] = { entry: id, person: body.person ?? "", at };
  known.signatures[id] = body.approval;
  if (txn !== undefined) known.approvedTxns[txn.id] = true;
}

function later({ at, kind, key }: ForgetQueue, due: number, what: Forgotten, name: string): void {
  at.push(due);
  kind.push(what);
  key.push(name);
}

/** Forgets in the order things came; one that is due behind one that is not waits for it. */
function forgetOld(known: Known, queue: ForgetQueue): void {
  for (let i = 0; i < 4; i++) {
    const due = queue.at[queue.head];
    const kind = queue.kind[queue.head];
    if (due === undefined || kind === undefined || due > known.lastAt) break;
    drops[kind](known, queue.key[queue.head] ?? "");
    queue.head++;
  }
  if (queue.head < 65_536) return;
  queue.at = queue.at.slice(queue.head);
  queue.kind = queue.kind.slice(queue.head);
  queue.key = queue.key.slice(queue.head);
  queue.head = 0;
}

const drops: { readonly [K in Forgotten]: (known: Known, key: string) => void } = {
  decision: ({ decisions }, key) => delete decisions[key],
  token: ({ tokens }, key) => delete tokens[key],
  approval: dropApproval,
  mandate: dropMandate,
  epoch: dropEpoch,
};

/** Tokens from before a revocation are forgotten by then, and one under a mandate that is not known is a fault by itself. */
function dropEpoch(known: Known, name: string): void {
  const revoked = known.epochs[name];
  if (revoked !== undefined && revoked.at + keptMs <= known.lastAt) delete known.epochs[name];
}

function dropMandate(known: Known, id: string): void {
  const txn = known.mandates[id]?.txn;
  delete known.mandates[id];
  delete known.untrusted[`transaction/${txn}`];
}

function dropApproval(known: Known, id: string): void {
  const { approved, txn } = known.approvals[id] ?? { approved: {} };
  for (const { entry } of Object.values(approved)) delete known.signatures[entry];
  if (txn !== undefined) delete known.approvedTxns[txn];
  delete known.approvals[id];
}

const dayMs = 86_400_000;

/** Counts an agent's leaves of the day, for samples that open all of the first ones. */
function countToday(known: Known, leaf: Leaf): void {
  const day = Math.floor(leaf.at / dayMs);
  if (day !== known.today.day) known.today = { day, leaves: {} };
  const agent = leaf.agent?.id ?? "*";
  known.today.leaves[agent] = (known.today.leaves[agent] ?? 0) + 1;
}
