import type { Leaf } from "@narrowgate/contracts";
import type { ForgetQueue, Known, KnownMandate } from "./known.ts";
import { learnPeople } from "./learn-people.ts";
import { learnRegistry } from "./learn-registry.ts";
import { type Entry, type Open, own, type Want } from "./seen.ts";

const hourMs = 3_600_000;
/** How long permits and tokens stay known. No token lives longer than 900 s. */
const keptMs = hourMs;
/** How long an approval stays known. */
const approvalKeptMs = 40 * 24 * hourMs;

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
      learnRegistry(known, leaf, index, open(own(entry, "content")));
      break;
    default:
      learnRare(known, leaf, index);
  }
}

function learnRare(known: Known, leaf: Leaf, index: number): void {
  if (leaf.type === "genesis") known.environment = leaf.body.environment;
  if (leaf.type === "label" && leaf.body.untrusted)
    known.untrusted[`${leaf.body.state}/${leaf.body.ref}`] = true;
  if (leaf.type === "revocation") learnRevocation(known, leaf);
  if (leaf.type === "operator") {
    const { operator, jkt, action } = leaf.body;
    known.operators[operator] = { jkt, removed: action === "removed" };
  }
  if (leaf.type === "policy") learnPolicy(known, leaf, index);
  learnPeople(known, leaf, index);
}

function learnPolicy(known: Known, { id, at, body }: Leaf<"policy">, index: number): void {
  const { digest, previous, operator } = body;
  const before = previous === undefined ? {} : { previous };
  known.policy = { digest, ...before, entry: id, index, at, operator };
  known.policies++;
}

function learnDecision(known: Known, { id, at, agent, txn, body }: Leaf<"decision">, index: number): void {
  const { action, verdict, token, mandate, instance } = body;
  if (verdict !== "permit" || (action !== "call" && action !== "mint" && action !== "exchange")) return;
  known.decisions[id] = {
    index,
    at,
    action,
    ...(agent === undefined ? {} : { agent: agent.id }),
    ...(txn === undefined ? {} : { txn: txn.id }),
    ...(token === undefined ? {} : { token }),
    ...(mandate === undefined ? {} : { mandate }),
    ...(instance === undefined ? {} : { instance }),
    dispatched: 0,
    minted: 0,
  };
  later(known.forget.soon, at + keptMs, "decision", id);
}

function learnToken(known: Known, { id, at, agent, txn, body }: Leaf<"token">, index: number): void {
  const decision = known.decisions[body.decision];
  const parent = body.parent === undefined ? undefined : known.tokens[body.parent];
  if (decision !== undefined) decision.minted++;
  if (decision !== undefined && decision.action !== "call") delete known.decisions[body.decision];
  const mandate = decision?.mandate;
  known.tokens[body.token] = {
    entry: id,
    index,
    at,
    ...(agent === undefined ? {} : { agent: agent.id }),
    ...(txn === undefined ? {} : { txn: txn.id }),
    ...(body.parent === undefined ? {} : { parent: body.parent }),
    ...(mandate === undefined ? {} : { mandate }),
    jkt: body.jkt,
    mode: body.mode,
    expires_s: body.expires_s,
    depth: (parent?.depth ?? 0) + (body.mode === "rebind" && agent !== undefined ? 1 : 0),
    root: parent?.root ?? body.token,
    epochs: body.epochs,
  };
  later(known.forget.soon, at + keptMs, "token", body.token);
}

function learnDispatch(known: Known, { body }: Leaf<"dispatch">): void {
  const decision = known.decisions[body.decision];
  if (decision !== undefined) decision.dispatched++;
}

function learnMandate(known: Known, { at, agent, txn, body }: Leaf<"mandate">): void {
  if (body.action !== "opened") {
    const open = known.mandates[body.mandate];
    if (open !== undefined) open.endedAt = at;
    later(known.forget.soon, at + keptMs, "mandate", body.mandate);
    return;
  }
  const mandate: KnownMandate = { openedAt: at, expires: body.expires };
  if (agent !== undefined) mandate.agent = agent.id;
  if (txn !== undefined) mandate.txn = txn.id;
  known.mandates[body.mandate] = mandate;
}

function learnRevocation(known: Known, { at, body }: Leaf<"revocation">): void {
  known.feed = body.feed;
  known.epochs[`${body.kind}:${body.id}`] = { epoch: body.epoch, at };
}

function learnApproval(known: Known, { id, at, agent, txn, body }: Leaf<"approval">): void {
  if (body.action === "requested") {
    known.approvals[body.approval] = {
      at,
      digest: body.digest,
      kind: body.kind,
      requires: body.requires ?? [],
      notAfter: body.not_after ?? 0,
      ...(agent === undefined ? {} : { agent: agent.id }),
      ...(txn === undefined ? {} : { txn: txn.id }),
      approved: {},
      used: 0,
    };
    later(known.forget.late, at + approvalKeptMs, "approval", body.approval);
    return;
  }
  const asked = known.approvals[body.approval];
  if (asked === undefined) return;
  if (body.action === "approved") asked.approved[`${body.role}#${body.slot}`] = id;
  else asked.ended ??= body.action;
}

function later({ at, kind, key }: ForgetQueue, due: number, what: string, name: string): void {
  at.push(due);
  kind.push(what);
  key.push(name);
}

/** Forgets in the order things came; one that is due behind one that is not waits for it. */
function forgetOld(known: Known, queue: ForgetQueue): void {
  for (let i = 0; i < 4; i++) {
    const due = queue.at[queue.head];
    if (due === undefined || due > known.lastAt) break;
    drop(known, queue.kind[queue.head] ?? "", queue.key[queue.head] ?? "");
    queue.head++;
  }
  if (queue.head < 65_536) return;
  queue.at = queue.at.slice(queue.head);
  queue.kind = queue.kind.slice(queue.head);
  queue.key = queue.key.slice(queue.head);
  queue.head = 0;
}

function drop(known: Known, kind: string, key: string): void {
  if (kind === "decision") delete known.decisions[key];
  if (kind === "token") delete known.tokens[key];
  if (kind === "approval") delete known.approvals[key];
  if (kind === "mandate") dropMandate(known, key);
}

function dropMandate(known: Known, id: string): void {
  const txn = known.mandates[id]?.txn;
  delete known.mandates[id];
  if (txn !== undefined) delete known.untrusted[`transaction/${txn}`];
}
