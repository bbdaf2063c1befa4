import {
  callTool,
  createTokenClient,
  enrol,
  generateAgentKey,
  openSession,
  type TokenClient,
} from "@narrowgate/agent";
import type { TourEnvironment } from "./environment.ts";
import { handOver, must } from "./people-and-agents.ts";
import type { SimulatedPerson } from "./person.ts";
import { AGENT, type LookUp, type Work } from "./production-scene.ts";

const ARGUMENTS = { open_nodes: { names: ["Ada Moreau"] }, search_nodes: { query: "gold" } };

/** The agent as it works on one instance. */
export interface Triage {
  /** A person hands it a task. */
  readonly work: () => Promise<Work>;
  /** One lookup through the gate. */
  readonly lookUp: LookUp;
}

async function join(env: TourEnvironment): Promise<TokenClient> {
  const { code } = must(await env.cli(["agent", "join-code", AGENT]), "a join code");
  const key = await generateAgentKey();
  await enrol({ issuer: env.baseUrl, agent: AGENT, code: String(code), key });
  return createTokenClient({ issuer: env.baseUrl, agent: AGENT, key });
}

/** Lets it join an instance, with a key that is used nowhere else. */
export async function joinTriage(env: TourEnvironment, person: SimulatedPerson): Promise<Triage> {
  const client = await join(env);
  return {
    async work() {
      const mandate = await handOver(env, person, client, { agent: AGENT, purpose: "look a customer up" });
      return { mandate, session: openSession(client, mandate) };
    },
    lookUp: (session, tool) => callTool(session, `${env.baseUrl}/mcp/memory`, tool, ARGUMENTS[tool]),
  };
}
