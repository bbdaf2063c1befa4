import type { AgentRecord } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import { agentJson, instanceJson } from "./describe-records.ts";
import type { AdminPorts } from "./ports.ts";
import { param, readReason } from "./read-values.ts";
import type { AdminRequest, Route, SignedAdminRequest } from "./route.ts";

function agentOf(request: AdminRequest, { registry }: AdminPorts): AgentRecord {
  const agent = registry.agent(param(request, "id"));
  if (agent === undefined) throw new NarrowgateError("not_found", "no such agent is registered");
  return agent;
}

function lifecycleRoute(
  verb: "activate" | "suspend" | "retire",
  to: "active" | "suspended" | "retired",
): Route {
  return {
    method: "POST",
    path: `/agents/{id}/${verb}`,
    access: "signed",
    async handle(request, ports) {
      const reason = readReason(request);
      await ports.registry.changeLifecycle({ id: param(request, "id"), to, reason }, request.signer);
      return okAnswer(agentJson(agentOf(request, ports)));
    },
  };
}

/**
 * Stops an agent, whatever state it is in: nothing it or anybody below it holds is accepted again, and what else lets it
 * through ends. Only who is retired cannot be suspended: with that everything ended, and what is left is to revoke.
 */
async function stop(
  agent: AgentRecord,
  reason: string,
  request: SignedAdminRequest,
  ports: AdminPorts,
): Promise<void> {
  if (agent.state === "retired") {
    await ports.revoke({ kind: "agent", id: agent.ref, reason, name: agent.id }, request.signer);
    return;
  }
  await ports.registry.changeLifecycle({ id: agent.id, to: "suspended", reason }, request.signer);
}

/** What may be done to one agent. */
export const agentRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/agents/{id}/join-codes",
    access: "signed",
    async handle(request, ports) {
      const agent = agentOf(request, ports);
      if (agent.state !== "active") throw new NarrowgateError("agent_inactive", "the agent is not active");
      const { code, expiresAtMs } = await ports.createJoinCode(agent, request.signer);
      return okAnswer({ agent: agent.id, code, expires_at_ms: expiresAtMs }, 201);
    },
  },
  {
    method: "GET",
    path: "/agents/{id}/instances",
    access: "local",
    handle(request, ports) {
      const { id } = agentOf(request, ports);
      return okAnswer({ agent: id, instances: ports.instances(id).map(instanceJson) });
    },
  },
  lifecycleRoute("activate", "active"),
  lifecycleRoute("suspend", "suspended"),
  lifecycleRoute("retire", "retired"),
  {
    method: "POST",
    path: "/contain/{id}",
    access: "signed",
    async handle(request, ports) {
      const agent = agentOf(request, ports);
      // Who is contained stays so: another revocation would only begin the ranges anew.
      if (agent.state !== "suspended") await stop(agent, readReason(request), request, ports);
      const ranges = await ports.evidence.quietRanges(agent.ref);
      return okAnswer({ agent: agentJson(agentOf(request, ports)), ranges });
    },
  },
];
