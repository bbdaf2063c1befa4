import type { LeafDraft, Recorded, RecordedLeaf, StateChange } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { digestOf } from "../digest.ts";
import { freshSalt } from "../fresh-salt.ts";
import { metaOf } from "../mcp/check-headers.ts";
import { argumentsToSend } from "../obligations/meet-obligations.ts";
import type { ApprovalChange, CutToken, FlowChange } from "../ports.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { GatewayRoom } from "../room.ts";
import { type Committed, type Decided, durableRecord, type Resolved } from "../stages.ts";
import type { Prepared } from "../upstream/upstream.ts";
import { checkLife } from "./authenticate-caller.ts";
import { decisionDraft } from "./decision-draft.ts";

/** A commitment to bytes: public digest, and what opens it. @see docs/spec/evidence.md section 4 (`dispatch`, `outcome`) */
export function commitToBytes(bytes: Uint8Array): { readonly digest: string; readonly salt: string } {
  const salt = freshSalt();
  return { digest: digestOf(Buffer.concat([salt, bytes])), salt: salt.toString("base64url") };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

function dispatchDraft(resolved: Resolved, prepared: Prepared, decision: string): LeafDraft {
  const { received, caller } = resolved.authenticated;
  const { digest, salt } = commitToBytes(prepared.bytes);
  return {
    type: "dispatch",
    txn: caller.claims.txn,
    agent: caller.agent.ref,
    body: { decision, digest, server: received.exchange.server.ref },
    content: { bytes: base64url(prepared.bytes), bytes_salt: salt },
  };
}

function deny({ resolved, verdict }: Decided): Refusal {
  const { operation } = resolved;
  const isListed = operation.treatment === "listed";
  const detail: JsonObject = !isListed && operation.change !== undefined ? operation.change : {};
  return refuse(verdict.code ?? "policy_denied", {
    detail,
    // What these two are told names what they broke; it quotes no argument.
    ...(verdict.code === "policy_denied" || verdict.code === "authority_exceeded"
      ? { sentence: verdict.reason }
      : {}),
    ...(verdict.code === "insufficient_scope" && !isListed ? { scope: operation.record.scope } : {}),
  });
}

/** Takes what the call costs. ORDER: in one turn with the record, so that no two calls take the same. */
function takeCaps(room: GatewayRoom, { resolved, verdict }: Decided): readonly StateChange[] | Refusal {
  const { caps } = verdict;
  if (caps === undefined) return [];
  const { received, caller } = resolved.authenticated;
  const taken = room.ledger.take(caller.claims.txn, received.exchange.server.ref, caps);
  return "kind" in taken ? taken : [taken];
}

/** The token for an upstream that takes exchanged tokens; a list is asked by the gate itself, and filtered. */
function cutToken(
  { deps }: GatewayRoom,
  { operation, authenticated }: Resolved,
): CutToken | Refusal | undefined {
  const { received, caller } = authenticated;
  const { server } = received.exchange;
  const { upstream } = server;
  if (operation.treatment === "listed" || upstream.transport !== "http" || upstream.auth === "none")
    return undefined;
  if (deps.upstreamTokens === undefined) return refuse("upstream_unavailable");
  const { claims, token } = caller;
  const cut = deps.upstreamTokens.cut({ ...operation, claims, token, server, audience: upstream.url });
  if (cut.kind === "cut") return cut;
  return refuse(cut.code, cut.description === undefined ? {} : { sentence: cut.description });
}

/** What a permit lets happen: bytes that leave, and the token they leave with. */
interface Effects {
  readonly prepared: Prepared;
  readonly cut: CutToken | undefined;
}

const noFlow: FlowChange = { drafts: [], changes: [], apply: () => undefined };

const noApprovals: ApprovalChange = {
  drafts: [],
  changes: [],
  apply: () => undefined,
  announce: () => undefined,
};

/** Uses up what the permit rests on. @throws NarrowgateError `internal_error` when nobody can: then there is no permit */
function takeApprovals({ deps }: GatewayRoom, { verdict, question }: Decided): ApprovalChange {
  const { approvals = [] } = verdict;
  if (approvals.length === 0 || question === undefined) return noApprovals;
  if (deps.approvals === undefined)
    throw new NarrowgateError("internal_error", "a permit rests on approvals that nobody keeps");
  return deps.approvals.take(question, approvals);
}

/**
 * Has a call that changes something found again under its release: going back lists such calls.
 * ORDER: in one turn with the record, so that leaf and row go into one commit.
 */
function noteChange(
  { deps }: GatewayRoom,
  { operation, authenticated: { caller, received } }: Resolved,
  dispatch: RecordedLeaf | undefined,
): void {
  const { release } = caller.claims.ng;
  if (deps.releases === undefined || release === undefined || dispatch === undefined) return;
  if (operation.treatment === "listed") return;
  const { name, effect, egress } = operation.record;
  if (effect === "read" && !egress) return;
  const call = { dispatch: dispatch.index, kind: operation.kind, name, effect, egress };
  const { id: server } = received.exchange.server;
  deps.evidence.record([], [deps.releases.changing(release, { ...call, server })]);
}

/** Records decision, token and dispatch as one group, with what was taken of the caps and what flowed. */
function recordPermit(
  room: GatewayRoom,
  decided: Decided,
  { prepared, cut }: Effects,
  taken: readonly StateChange[],
): Recorded | Refusal {
  const { resolved, verdict, question } = decided;
  const { operation, authenticated } = resolved;
  const { received, caller } = authenticated;
  const { exchange } = received;
  const action = operation.treatment === "listed" ? "list" : "call";
  const evidence = { ...caller, agentRef: caller.agent.ref };
  const decision = decisionDraft(room.deps, exchange, evidence, { action, verdict });
  const flow = question === undefined ? noFlow : room.deps.flow.permit(question, verdict.amount ?? 0, 0);
  if (flow === undefined) {
    for (const change of taken) room.ledger.giveBack(change);
    return refuse("cap_spent", { sentence: "The amounts of this task no longer add up to a number." });
  }
  try {
    const used = takeApprovals(room, decided);
    const group = room.deps.evidence.record(
      [
        decision,
        ...(cut === undefined ? [] : [([recorded]: readonly RecordedLeaf[]) => cut.leaf(recorded?.id ?? "")]),
        ([recorded]) => dispatchDraft(resolved, prepared, recorded?.id ?? ""),
        ...flow.drafts,
        ...used.drafts,
      ],
      [...taken, ...flow.changes, ...used.changes],
    );
    noteChange(room, resolved, group.leaves[cut === undefined ? 1 : 2]);
    flow.apply();
    used.apply();
    group.durable.then(used.announce, () => undefined);
    return group;
  } catch (e) {
    for (const change of taken) room.ledger.giveBack(change);
    throw e;
  }
}

/**
 * Whether the permit may still be given: authentication was some waits ago, and a slow upstream makes them long.
 * ORDER: asked in the same turn as the record, so that no revocation lies between what was checked and the feed position
 * the permit names, and no permit follows the end of its token or mandate.
 */
function checkAgain({ deps }: GatewayRoom, { resolved, verdict }: Decided): Refusal | undefined {
  const { caller, received } = resolved.authenticated;
  const { claims } = caller;
  if (claims.exp * 1000 <= deps.clock.nowMs()) return refuse("invalid_token");
  const life = checkLife(deps, claims);
  if ("kind" in life) return life;
  const { server } = received.exchange;
  // INVARIANT: what was decided on is what is in force where the permit stands in the log.
  const isSame =
    life.agent === caller.agent &&
    deps.registry.server(server.id) === server &&
    deps.decider.inForce(claims.ng.release).policy === verdict.policy;
  return isSame ? undefined : refuse("conflict", { sentence: "The rules changed meanwhile; send it again." });
}

/**
 * The decision as it stands now: what flowed, was spent or was approved may have changed since it was made.
 * ORDER: in one turn with the record, so that the permit stands in the log on what it knew.
 */
function decideAnew({ deps }: GatewayRoom, decided: Decided): Decided {
  const { question, verdict, resolved } = decided;
  if (question === undefined || verdict.holds?.() !== false) return decided;
  const anew = deps.decider.decide(question);
  resolved.authenticated.received.exchange.known.verdict = anew;
  return { ...decided, verdict: anew };
}

/** Our own `traceparent` in the place of the caller's, where upstreams are told. */
function tracedParams({ deps }: GatewayRoom, { authenticated }: Resolved, params: JsonObject): JsonObject {
  const { claims, use } = authenticated.caller;
  const traceparent = deps.watch?.traceparent?.({ txn: claims.txn, use });
  return traceparent === undefined ? params : { ...params, _meta: { ...metaOf(params), traceparent } };
}

function prepareEffects(room: GatewayRoom, { resolved, verdict }: Decided): Effects | Refusal {
  const wantsProgress = resolved.progressToken !== undefined;
  const asked = argumentsToSend(resolved.params, verdict.obligations ?? {});
  const params = tracedParams(room, resolved, asked);
  const prepared = resolved.upstream.prepare(resolved.request.method, params, wantsProgress);
  const cut = cutToken(room, resolved);
  return cut?.kind === "refusal" ? cut : { prepared, cut };
}

/** What was recorded, and what may now happen. */
interface Permitted {
  readonly decided: Decided;
  readonly effects: Effects;
  readonly decision: string;
}

/** Decides anew where it has to, and records a permit and its effects, all in one turn. */
async function recordEffects(room: GatewayRoom, before: Decided): Promise<Permitted | Refusal> {
  const { received, caller } = before.resolved.authenticated;
  if (before.verdict.caps !== undefined) {
    await room.ledger.load(caller.claims.txn, received.exchange.server.ref);
  }
  const decided = decideAnew(room, before);
  if (decided.verdict.verdict === "refuse") return deny(decided);
  const late = checkAgain(room, decided);
  if (late !== undefined) return late;
  const effects = prepareEffects(room, decided);
  if ("kind" in effects) return effects;
  const taken = takeCaps(room, decided);
  if ("kind" in taken) return taken;
  const group = recordPermit(room, decided, effects, taken);
  if ("kind" in group) return group;
  const decision = group.leaves[0]?.id ?? "";
  received.exchange.known.decided = "permitted";
  received.exchange.known.entry = decision;
  await group.durable;
  return { decided, effects, decision };
}

/**
 * Puts the decision on record, and with a permit the dispatch it allows, in one group.
 * ORDER: nothing leaves before the group is durable; a crash in between is later found as *unknown*.
 */
export function commitDecision(room: GatewayRoom): (decided: Decided) => Promise<Committed | Refusal> {
  return async (before) => {
    const { resolved, verdict } = before;
    if (verdict.verdict === "refuse") return deny(before);
    const giveBack = room.callShares.take(resolved.authenticated.caller.claims.cnf.jkt);
    if (giveBack === undefined) return refuse("overloaded");
    const permitted = await recordEffects(room, before).catch((cause: unknown) => {
      giveBack();
      throw cause;
    });
    if ("kind" in permitted) {
      giveBack();
      return permitted;
    }
    const { decided, effects, decision } = permitted;
    const { prepared, cut } = effects;
    // INVARIANT: the only place where a `Committed` comes to be.
    return {
      [durableRecord]: true,
      resolved,
      decision,
      prepared,
      obligations: decided.verdict.obligations ?? {},
      ...(decided.question === undefined ? {} : { question: decided.question }),
      ...(cut === undefined ? {} : { cut }),
      giveBack,
      dispatchedAtMs: room.deps.clock.nowMs(),
    };
  };
}
