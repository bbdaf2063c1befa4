import type { AgentRecord } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { refusedLeaf, type Shown } from "../attestation-leaf.ts";
import { checkAgent } from "../check-agent.ts";
import { type BindingRoom, bindInstance } from "../instances/bind-instance.ts";
import type { Instance } from "../instances/stored-instance.ts";
import type { Refusal, RegistryPort } from "../ports.ts";
import { isRefusal, refuse } from "../refusal.ts";
import type { RefusalBudget } from "../refusal-budget.ts";
import { bindingDigest } from "../workload-bindings.ts";
import {
  endedRow,
  isSecretOf,
  type JoinCode,
  type JoinCodes,
  keptRow,
  MAX_WRONG_TRIES,
} from "./join-codes.ts";

const BINDING = { method: "enrolment" } as const;

/** What enrolment needs of the room. */
export interface EnrolmentRoom extends BindingRoom {
  readonly codes: JoinCodes;
  readonly budget: RefusalBudget;
  readonly registry: Pick<RegistryPort, "agent">;
}

/** A code and the key that shall be bound; possession of the key was proven. Trust: the texts are attacker-controlled. */
export interface EnrolRequest {
  readonly agent: string;
  readonly code: string;
  /** What the workload calls itself. */
  readonly name?: string;
  /** The workload says that other processes of its OS user can read the key. Only ever lowers the assurance. */
  readonly isSameUserKey?: boolean;
  readonly jkt: string;
  readonly jwk: JsonObject;
  /** The possession proof, sealed with the leaf. */
  readonly dpop: string;
}

/** A code as it is shown once. */
export interface IssuedJoinCode {
  readonly code: string;
  readonly expiresMs: number;
}

function enrollable(room: EnrolmentRoom, id: string): AgentRecord | Refusal {
  const agent = room.registry.agent(id);
  if (agent === undefined) return refuse("not_found", "there is no such agent");
  const isBound = agent.bindings.some(({ method }) => method === "enrolment");
  return (
    checkAgent(agent, room.ports.clock.nowMs()) ??
    (isBound ? agent : refuse("attestation_failed", "the agent has no enrolment binding"))
  );
}

/**
 * Gives a one-time code for one new instance of an agent. Durable before it is shown.
 * @param operator - ref of the operator, who was authenticated by the caller
 * @throws `not_found`, `agent_inactive`, `agent_expired`, `attestation_failed`, `overloaded`
 */
export async function issueJoinCode(
  room: EnrolmentRoom,
  agentId: string,
  operator: string,
): Promise<IssuedJoinCode> {
  const agent = enrollable(room, agentId);
  if (isRefusal(agent)) throw new NarrowgateError(agent.code, agent.description ?? "");
  const { codes, ports } = room;
  const { code, text, expired } = codes.make(agent.id, operator, ports.clock.nowMs());
  const { durable } = ports.evidence.record([], [...expired.map(endedRow), keptRow(code)]);
  expired.forEach(codes.remove);
  codes.put(code);
  await durable;
  return { code: text, expiresMs: code.expiresMs };
}

async function refuseCode(
  room: EnrolmentRoom,
  code: JoinCode,
  shown: Shown,
  isWrong: boolean,
): Promise<Refusal> {
  const { codes, ports, registry } = room;
  const next = { ...code, wrong: code.wrong + (isWrong ? 1 : 0) };
  const isOver = next.wrong >= MAX_WRONG_TRIES || !isWrong;
  const leaf = refusedLeaf(shown, "join_code_invalid", registry.agent(code.agent)?.ref);
  const { durable } = ports.evidence.record([leaf], [isOver ? endedRow(code) : keptRow(next)]);
  if (isOver) codes.remove(code);
  else codes.put(next);
  await durable;
  return refuse("join_code_invalid");
}

async function refuseBinding(
  room: EnrolmentRoom,
  agentId: string,
  shown: Shown,
  refusal: Refusal,
): Promise<Refusal> {
  const ref = room.registry.agent(agentId)?.ref;
  if (room.budget.take(`agent:${agentId}`))
    await room.ports.evidence.record([refusedLeaf(shown, refusal.code, ref)]).durable;
  return refusal;
}

/**
 * Redeems a join code: the key becomes a new instance of the agent.
 *
 * ORDER: from looking the code up to queueing its end nothing waits, so a code makes one instance, however many ask.
 * A code nobody was given is refused without a leaf; a wrong secret for one that was given counts and is recorded.
 * @returns the instance, on record; or `join_code_invalid`, `agent_inactive`, `agent_expired`, `attestation_failed`,
 * `instance_bound`, `revoked`, `overloaded`
 */
export async function enrolInstance(room: EnrolmentRoom, request: EnrolRequest): Promise<Instance | Refusal> {
  const { agent: agentId, code: text, name, jkt, jwk, dpop } = request;
  const code = room.codes.find(text);
  if (code === undefined) return refuse("join_code_invalid");
  const claims = { operator: code.operator, ...(name === undefined ? {} : { name }) };
  const shown: Shown = { method: "enrolment", jkt, dpop, claims };
  // One answer for another's code, a wrong secret and an old code: nothing is learnt from it.
  if (!isSecretOf(code, text) || code.agent !== agentId) return refuseCode(room, code, shown, true);
  if (code.expiresMs <= room.ports.clock.nowMs()) return refuseCode(room, code, shown, false);
  const agent = enrollable(room, agentId);
  if (isRefusal(agent)) return refuseBinding(room, agentId, shown, agent);
  const bound = bindInstance(
    room,
    {
      agent,
      shown,
      jwk,
      assurance: request.isSameUserKey === true ? "same-user key" : "enrolled",
      binding: bindingDigest(BINDING),
      vouchedBy: "",
      name: name ?? "",
    },
    [endedRow(code)],
  );
  if (isRefusal(bound)) return refuseBinding(room, agentId, shown, bound);
  room.codes.remove(code);
  await bound.durable;
  return bound.instance;
}
