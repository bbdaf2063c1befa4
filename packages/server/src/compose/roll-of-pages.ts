import type {
  AgentLine,
  AgentRecord,
  PersonConsent,
  PersonLine,
  TransactionSummary,
} from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { StandingConsent } from "../consent/index.ts";
import { type Disclosure, type RollPorts, rollPage } from "../pages/index.ts";
import type { Instance } from "./instance.ts";
import { transactionsOfAgent } from "./transactions-of-agent.ts";

/** Transactions on the page of an agent. */
const MOST_TRANSACTIONS = 10;
/** Consents beside the name of a person. */
const MOST_CONSENTS = 10;

/** What the roll is told by others than the rooms of an instance. */
export interface RollSources {
  /** Of everybody, youngest first. */
  readonly consents: () => readonly StandingConsent[];
  readonly summaryOf: (txn: string) => Promise<Disclosure<TransactionSummary>>;
}

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

function consentLine({ consent, mandate, lastUsedMs }: StandingConsent): PersonConsent {
  const { agent, redirectHost, atMs, expiresAtMs } = consent;
  const used = lastUsedMs === undefined ? {} : { lastUsedMs };
  return { agent, mandate: mandate.id, txn: mandate.txn, redirectHost, atMs, expiresAtMs, ...used };
}

function consentsByPerson({ consents }: RollSources): ReadonlyMap<string, readonly StandingConsent[]> {
  return Map.groupBy(consents(), ({ consent }) => consent.person);
}

async function transactionsOf(
  { registry, evidence }: Instance,
  { summaryOf }: RollSources,
  agent: string,
): ReturnType<RollPorts["transactionsOf"]> {
  const ref = registry.agent(agent)?.ref;
  if (ref === undefined) return undefined;
  const txns = await transactionsOfAgent(evidence.store, ref, MOST_TRANSACTIONS);
  const read = await Promise.all(txns.map(summaryOf));
  if (read.length === 0) return undefined;
  return {
    from: Math.min(...read.map(({ from }) => from)),
    count: read.reduce((sum, { count }) => sum + count, 0),
    content: read.map(({ content }) => content),
  };
}

/** Who is registered at this instance, as the console shows it. */
export function rollOf(instance: Instance, sources: RollSources): RollPorts {
  const { registry, people, attestation } = instance;
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
    transactionsOf: (id) => transactionsOf(instance, sources, id),
    people(query) {
      const all = [...people.list()].sort((a, b) => (a.ref < b.ref ? -1 : 1));
      const { rows, ...rest } = rollPage(all, ({ ref }) => ref, query);
      const consents = consentsByPerson(sources);
      const lines = rows.map(({ ref, name, roles }): PersonLine => {
        const own = consents.get(ref) ?? [];
        return {
          ref,
          name,
          roles,
          passkeys: people.credentialsOf(ref).map(({ authenticator }) => authenticator),
          consentCount: own.length,
          consents: own.slice(0, MOST_CONSENTS).map(consentLine),
        };
      });
      return { rows: lines, ...rest };
    },
  };
}
