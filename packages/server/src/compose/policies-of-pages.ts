import {
  type NamedOperator,
  type OperationFacts,
  openedMember,
  type PolicyFiles,
  type PolicyVersionLine,
  parseLeafBytes,
  readPolicyFiles,
  type ToolRecord,
} from "@narrowgate/contracts";
import { type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import { recordedDecision } from "@narrowgate/verifier";
import { entryById } from "../evidence/export/assurance-entries.ts";
import { decisionPage, policyIndexes, proposalIndexes } from "../evidence/export/recorded-decisions.ts";
import { type OpenedEntry, openedEntry } from "../evidence/export/transaction-entries.ts";
import { OpeningReader } from "../evidence/openings.ts";
import type { PoliciesPorts } from "../pages/index.ts";
import type { Instance } from "./instance.ts";
import { rangeOf } from "./range-of.ts";

function operatorOf({ operators }: Instance, ref: string): NamedOperator {
  const name = operators.find(ref)?.name;
  return { ref, ...(name === undefined ? {} : { name }) };
}

async function lineOf(instance: Instance, index: number, version: number): Promise<PolicyVersionLine> {
  const [row] = await instance.evidence.store.entries(index, 1);
  const leaf = row === undefined ? undefined : parseLeafBytes(row.leaf);
  if (leaf?.type !== "policy")
    throw new NarrowgateError("verification_failed", "the index names a leaf that is no policy leaf");
  const { digest, procedure, operator } = leaf.body;
  const approver = operator === undefined ? {} : { approver: operatorOf(instance, operator) };
  return { version, atMs: leaf.at, digest, procedure, ...approver };
}

function filesOf(bundle: JsonValue | undefined): { readonly bundle?: PolicyFiles } {
  return bundle === undefined ? {} : { bundle: readPolicyFiles(bundle, "/bundle") };
}

/** The operator of a refused request that proposed these policies. */
function proposerOf({ openings }: OpenedEntry, digest: string): string | undefined {
  const request = Object(openedMember(openings.content, "request"));
  const { proposes, operator } = request;
  return proposes === digest && typeof operator === "string" ? operator : undefined;
}

function operationFacts(operations: readonly ToolRecord[]): readonly OperationFacts[] {
  return operations.map(({ name, dataClass, effect, egress }) => ({ name, dataClass, effect, egress }));
}

function surroundingsOf({ registry }: Instance, limit: number): ReturnType<PoliciesPorts["surroundings"]> {
  const agents = registry.agents();
  return {
    agentsInAll: agents.length,
    agents: agents
      .slice(0, limit)
      .map(({ id, owner, purpose, tier, ceiling }) => ({ id, owner, purpose, tier, ceiling })),
    servers: registry.servers().map(({ id, tools, prompts, resources }) => ({
      id,
      tools: operationFacts(tools),
      prompts: operationFacts(prompts),
      resources: operationFacts(resources),
    })),
  };
}

/** What the console shows of policies: versions out of the log, the shadow of this process, the registry as it is now. */
export function policiesOf(instance: Instance): PoliciesPorts {
  const { evidence, config, overlays, policies } = instance;
  const { store, custody } = evidence;
  const openings = new OpeningReader(store, custody.keyEncryption);
  const indexOf = async (version: number): Promise<number | undefined> =>
    (await policyIndexes(store))[version - 1];
  return {
    async versions(limit) {
      const indexes = await policyIndexes(store);
      const first = Math.max(0, indexes.length - limit);
      const lines = indexes.slice(first).map((index, i) => lineOf(instance, index, first + i + 1));
      return {
        needsTwo: config.environment === "prod",
        total: indexes.length,
        versions: (await Promise.all(lines)).reverse(),
      };
    },
    async version(version) {
      const index = await indexOf(version);
      if (index === undefined) return undefined;
      const line = await lineOf(instance, index, version);
      const entry = await openedEntry(store, openings, index);
      const bundle = openedMember(entry.openings.content, "bundle");
      return { from: index, count: 1, content: { ...line, ...filesOf(bundle) } };
    },
    async author(version) {
      const [before, index] = [await indexOf(version - 1), await indexOf(version)];
      if (before === undefined || index === undefined) return undefined;
      const { digest: inForce } = await lineOf(instance, before, version - 1);
      const { digest } = await lineOf(instance, index, version);
      for (const at of await proposalIndexes(store, inForce, index)) {
        const operator = proposerOf(await openedEntry(store, openings, at), digest);
        if (operator !== undefined) return { from: at, count: 1, content: operatorOf(instance, operator) };
      }
      return undefined;
    },
    shadow() {
      const status = policies.shadow.status();
      if (status.state === "off") return status;
      const samples = status.samples.map(({ txn, atMs, before, after }) => ({ txn, atMs, before, after }));
      return { ...status, samples };
    },
    surroundings: (limit) => surroundingsOf(instance, limit),
    async overlays() {
      const content = { overlays: overlays.list().map(({ id, text }) => ({ id, text })) };
      const found = await Promise.all(content.overlays.map(({ id }) => entryById(store, id, undefined)));
      return { ...rangeOf(found.map((entry) => entry?.index ?? 0)), content };
    },
    async decisions(page) {
      const { entries, next } = await decisionPage(store, openings, page);
      const all = entries.map(({ leaf, openings: opened }) =>
        leaf.type === "decision" ? recordedDecision({ leaf, openings: opened }) : undefined,
      );
      const decisions = all.filter((decision) => decision !== undefined);
      const from = entries[0]?.index ?? 0;
      const undisclosed = all.length - decisions.length;
      const content = { decisions, undisclosed, ...(next === undefined ? {} : { next }) };
      return { from, count: (entries.at(-1)?.index ?? from - 1) - from + 1, content };
    },
  };
}
