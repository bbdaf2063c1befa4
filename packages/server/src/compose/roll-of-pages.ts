import type { AgentRecord } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { type AgentLine, type RollPorts, rollPage } from "../pages/index.ts";
import type { Instance } from "./open-instance.ts";

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function detailsOf({ ceiling }: AgentRecord): readonly JsonObject[] {
  const { authorization_details: details } = ceiling;
  return Array.isArray(details) ? details.filter(isObject) : [];
}

function lineOf(agent: AgentRecord): AgentLine {
  const { id, tier, owner, state, expires } = agent;
  const named = detailsOf(agent).flatMap(({ server }) => (typeof server === "string" ? [server] : []));
  return { id, tier, owner, state, expires, servers: [...new Set(named)] };
}

/** Who is registered at this instance, as the console shows it. */
export function rollOf({ registry, people, attestation }: Instance): RollPorts {
  return {
    agents(query) {
      const { rows, ...rest } = rollPage(registry.agents(), ({ id }) => id, query);
      return { rows: rows.map(lineOf), ...rest };
    },
    agent(id) {
      const agent = registry.agent(id);
      if (agent === undefined) return undefined;
      const { deputy, purpose, delegates } = agent;
      const instances = attestation
        .list()
        .filter((instance) => instance.agent === id)
        .map(({ ref, name, method, assurance, state, lastMs }) => ({
          ref,
          name,
          method,
          assurance,
          state,
          lastMs,
        }));
      return { ...lineOf(agent), deputy, purpose, delegates, ceiling: detailsOf(agent), instances };
    },
    people(query) {
      const all = [...people.list()].sort((a, b) => (a.ref < b.ref ? -1 : 1));
      const { rows, ...rest } = rollPage(all, ({ ref }) => ref, query);
      const lines = rows.map(({ ref, name, roles }) => ({
        ref,
        name,
        roles,
        passkeys: people.credentialsOf(ref).map(({ authenticator }) => authenticator),
      }));
      return { rows: lines, ...rest };
    },
  };
}
