import {
  type AgentSession,
  acceptHandOff,
  callTool,
  createTokenClient,
  enrol,
  generateAgentKey,
  openSession,
  type TokenClient,
} from "@narrowgate/agent";
import type { DeskWork } from "./desk-work.ts";
import type { TourEnvironment } from "./environment.ts";
import { handOver, must } from "./people-and-agents.ts";
import type { SimulatedPerson } from "./person.ts";

const ARGUMENTS = { open_nodes: { names: ["Ada Moreau"] }, search_nodes: { query: "gold" } };
const ONE_RECORD = {
  details: [{ type: "mcp_tool", server: "memory", tools: ["open_nodes"], data_class: "confidential" }],
};

async function join(env: TourEnvironment, agent: string): Promise<TokenClient> {
  const { code } = must(await env.cli(["agent", "join-code", agent]), `a join code for ${agent}`);
  const key = await generateAgentKey();
  await enrol({ issuer: env.baseUrl, agent, code: String(code), key });
  return createTokenClient({ issuer: env.baseUrl, agent, key });
}

/** Lets both agents of production join an instance, with keys that are used nowhere else. */
export async function joinProductionAgents(env: TourEnvironment, person: SimulatedPerson): Promise<DeskWork> {
  const clients = {
    "desk-triage": await join(env, "desk-triage"),
    "desk-reader": await join(env, "desk-reader"),
  };
  const lookUp: DeskWork["lookUp"] = (session, tool) =>
    callTool(session, `${env.baseUrl}/mcp/memory`, tool, ARGUMENTS[tool]);
  return {
    async work(agent = "desk-triage") {
      const mandate = await handOver(env, person, clients[agent], { agent, purpose: "look a customer up" });
      return { mandate, session: openSession(clients[agent], mandate) };
    },
    lookUp,
    async handOn(session: AgentSession) {
      const given = await session.delegate("desk-reader", ONE_RECORD);
      return lookUp(acceptHandOff(clients["desk-reader"], given), "open_nodes");
    },
  };
}
