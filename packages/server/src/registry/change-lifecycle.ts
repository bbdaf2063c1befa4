import type { Lifecycle } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { ChangeSet, nextStamp } from "./changes.ts";
import type { SignedRequest } from "./ports.ts";
import type { Room } from "./room.ts";

/** Where an agent can go from each state. */
const ways: Readonly<Record<Lifecycle, readonly Lifecycle[]>> = {
  // Whoever is contained before the first activation stays so until an operator ends it.
  registered: ["active", "suspended", "retired"],
  active: ["suspended", "retired"],
  suspended: ["active", "retired"],
  retired: [],
};

const actions = { active: "activated", suspended: "suspended", retired: "retired" } as const;

/** A change of one agent's state. */
export interface LifecycleChange {
  /** Agent id. */
  readonly id: string;
  readonly to: keyof typeof actions;
  /** One sentence, sealed. */
  readonly reason: string;
}

/**
 * Moves an agent through its life. Suspending and retiring raise its epoch in the same commit, so that activating it
 * later revives no token; and end what else lets it through, such as a break-glass, there too.
 * @throws NarrowgateError `not_found`, or `conflict` when there is no way from its present state
 */
export function changeLifecycle(
  { id, to, reason }: LifecycleChange,
  request: SignedRequest,
  { table, ports }: Room,
): Promise<void> {
  const agent = table.agent(id);
  if (agent === undefined) throw new NarrowgateError("not_found", "no such agent is registered");
  if (!ways[agent.state].includes(to)) {
    throw new NarrowgateError("conflict", `the agent is ${agent.state} and cannot become ${to}`);
  }
  const changes = new ChangeSet(table, request);
  changes.putAgent({ ...agent, ...nextStamp(agent), state: to }, actions[to], reason);
  if (to === "active") {
    const { durable } = ports.evidence.record(changes.drafts, changes.changes);
    changes.settle();
    return durable;
  }
  const revocation = ports.prepareRevocation({
    kind: "agent",
    id: agent.ref,
    operator: request.operator,
    request: request.jws,
    reason,
    name: id,
  });
  const over = ports.endsWith?.(agent.ref, request);
  const group = [...changes.drafts, ...(over?.drafts ?? []), revocation.draft];
  const { durable } = ports.evidence.record(group, [
    ...changes.changes,
    ...(over?.changes ?? []),
    ...revocation.changes,
  ]);
  changes.settle();
  over?.apply();
  revocation.apply();
  return durable.then(() => revocation.announce());
}
