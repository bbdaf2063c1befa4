import {
  type AgentRecord,
  type AssuranceLine,
  type EntrySheet,
  type Evaluation,
  openedMember,
  parseEvaluation,
  profileDigest,
  type ReadinessFacts,
  type ReadinessLine,
  type ReadinessSheet,
  type ReadingLine,
} from "@narrowgate/contracts";
import { canonicalJson, isNarrowgateError, type JsonObject, utf8 } from "@narrowgate/kernel";
import type { LiveRuns } from "../assurance/drills/index.ts";
import {
  assuranceLately,
  entryById,
  evaluationIndexes,
  type FoundEntry,
  readingsLately,
  releaseIndexes,
} from "../evidence/export/assurance-entries.ts";
import { type OpenedEntry, openedEntry } from "../evidence/export/transaction-entries.ts";
import { OpeningReader } from "../evidence/openings.ts";
import { type AssurancePorts, type ReleasesOfPages, rollPage } from "../pages/index.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { factsOf } from "./admin-readiness.ts";
import type { Instance } from "./instance.ts";
import { profileOf } from "./open-evaluations.ts";
import { rangeOf } from "./range-of.ts";
import { effectsOf } from "./release-effects.ts";
import { standingOf } from "./release-standing.ts";

/** An evaluation that is on record, and where. */
interface Newest {
  readonly entry: string;
  readonly index: number;
  readonly catalogue: string;
  readonly evaluation: Evaluation;
}

type Open = (index: number) => Promise<OpenedEntry>;

/** Evaluations of one agent that are looked through for one under the profile of this deployment. */
const MAX_LOOKED = 16;

async function newestOf(instance: Instance, open: Open, { ref }: AgentRecord): Promise<Newest | undefined> {
  const { evidence } = instance;
  const wanted = profileDigest(nodeSha256, profileOf(instance));
  const newest = (await evaluationIndexes(evidence.store, ref)).slice(-MAX_LOOKED).reverse();
  for (const index of newest) {
    const { leaf, openings } = await open(index);
    const document = openedMember(openings.content, "document");
    if (leaf.type !== "assurance" || document === undefined) continue;
    const evaluation = parseEvaluation(document);
    const { catalogue } = leaf.body;
    if (evaluation.profile === wanted) return { entry: leaf.id, index, catalogue, evaluation };
  }
  return undefined;
}

function lineOf({ id, tier }: AgentRecord, found: Newest | undefined): ReadinessLine {
  if (found === undefined) return { agent: id, tier };
  const { at, verdict, blocking, results } = found.evaluation;
  const counts = [...Map.groupBy(results, (result) => result.verdict)].map(([name, some]) => ({
    verdict: name,
    count: some.length,
  }));
  return {
    agent: id,
    tier,
    newest: { entry: found.entry, atMs: at, verdict, blocking: blocking.length, counts },
  };
}

function agentNames({ registry }: Instance): (ref: string) => string {
  const names = new Map(registry.agents().map(({ ref, id }) => [ref, id]));
  return (ref) => names.get(ref) ?? ref;
}

function aboutAgent(nameOf: (ref: string) => string, { agent }: FoundEntry["leaf"]): { agent?: string } {
  return agent === undefined ? {} : { agent: nameOf(agent.id) };
}

function assuranceLine(nameOf: (ref: string) => string, { index, leaf }: FoundEntry): AssuranceLine {
  const word =
    leaf.type === "release"
      ? `release ${leaf.body.action}`
      : leaf.type === "assurance"
        ? leaf.body.kind.replace("_", " ")
        : leaf.type;
  return { entry: leaf.id, index, atMs: leaf.at, what: word, ...aboutAgent(nameOf, leaf) };
}

function personOf({ people }: Instance, ref: string): { readonly name: string } | undefined {
  return people.list().find((person) => person.ref === ref);
}

/** Name of a person or an operator; the ref of one who was removed. */
function nameOfRef(instance: Instance, ref: string): string {
  return personOf(instance, ref)?.name ?? instance.operators.find(ref)?.name ?? ref;
}

function readingLine(
  instance: Instance,
  { leaf: { id, at, body } }: Awaited<ReturnType<typeof readingsLately>>[number],
): ReadingLine {
  const { auditor, from, count } = body;
  const kind = personOf(instance, auditor) === undefined ? "operator" : "person";
  return { entry: id, atMs: at, who: nameOfRef(instance, auditor), kind, from, count };
}

function entrySheet(nameOf: (ref: string) => string, { index, leaf }: FoundEntry): EntrySheet {
  const { id, type, at, txn, sealed, body } = leaf;
  return {
    id,
    index,
    type,
    atMs: at,
    ...(txn === undefined ? {} : { txn: txn.id }),
    ...aboutAgent(nameOf, leaf),
    sealed: Object.keys(sealed ?? {}).sort(),
    body: { ...body },
  };
}

function profileIn(instance: Instance): ReadinessSheet["profile"] {
  const { name, version, controls } = profileOf(instance);
  return { name, version, controls };
}

/** What a report is made from; of an evaluation from before the start, what the agent did is not counted anew. */
async function factsNow(
  instance: Instance,
  agent: AgentRecord,
  { entry, evaluation }: Newest,
): Promise<{ readonly facts?: ReadinessFacts }> {
  if (instance.evaluations.newest(agent.id, evaluation.profile)?.entry !== entry) return {};
  const standing = standingOf(instance, instance);
  const recorded = { entry, evaluation };
  return { facts: await factsOf(instance, standing, { agent, profile: profileOf(instance), recorded }) };
}

/** What became of a proposal, by its leaves. */
async function historyOf(instance: Instance, open: Open, indexes: readonly number[]): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for (const index of indexes) {
    const { leaf } = await open(index);
    if (leaf.type !== "release") continue;
    const { action, person, operator = "", role } = leaf.body;
    found.push({
      entry: leaf.id,
      index,
      atMs: leaf.at,
      action,
      who: nameOfRef(instance, person ?? operator),
      ...(role === undefined ? {} : { role }),
    });
  }
  return found;
}

function releasesOf(instance: Instance, open: Open): ReleasesOfPages {
  const { config, evidence, overlays, releases } = instance;
  const { store } = evidence;
  return {
    environment: config.environment,
    // What is sealed, and where it is signed, is read one by one, on record.
    list: () => releases.list().map(({ diff: _, url: __, ...line }) => line),
    glasses: () => releases.glasses().map(({ reason: _, review: __, url: ___, ...line }) => line),
    overlays: () => overlays.inForce().map(({ by, untilMs }) => ({ by, until: untilMs })),
    async show(id) {
      const indexes = await releaseIndexes(store, id);
      if (indexes.length === 0) return undefined;
      const content = shown(() => releases.show(id));
      if (content === undefined) return undefined;
      const history = await historyOf(instance, open, indexes);
      return { ...rangeOf(indexes), content: { ...content, history } };
    },
    async effects(id) {
      if (shown(() => releases.show(id)) === undefined) return undefined;
      const { effects, from, count } = await effectsOf(instance, id);
      return { from, count, content: effects };
    },
    async certificate(id) {
      for (const index of [...(await releaseIndexes(store, id))].reverse()) {
        const certificate = openedMember((await open(index)).openings.content, "certificate");
        if (certificate !== undefined)
          return { from: index, count: 1, content: utf8(canonicalJson(certificate)) };
      }
      return undefined;
    },
  };
}

/** @returns undefined when there is none */
function shown(show: () => JsonObject): JsonObject | undefined {
  try {
    return show();
  } catch (cause) {
    if (isNarrowgateError(cause) && cause.code === "not_found") return undefined;
    throw cause;
  }
}

/** What the console shows of releases, controls, drills and waivers of this instance. */
export function assuranceOf(instance: Instance, runs: LiveRuns): AssurancePorts {
  const { evidence, evaluations, registry } = instance;
  const { store, custody, identity } = evidence;
  const reader = new OpeningReader(store, custody.keyEncryption);
  const open: Open = (index) => openedEntry(store, reader, index);
  return {
    releases: releasesOf(instance, open),
    async readiness(query) {
      const { rows, ...next } = rollPage(registry.agents(), ({ id }) => id, query);
      const found = await Promise.all(rows.map((agent) => newestOf(instance, open, agent)));
      const indexes = found.flatMap((one) => (one === undefined ? [] : [one.index]));
      const lines = rows.map((agent, i) => lineOf(agent, found[i]));
      return { ...rangeOf(indexes), content: { rows: lines, ...next } };
    },
    async readinessOf(id) {
      const agent = registry.agent(id);
      if (agent === undefined) return undefined;
      const found = await newestOf(instance, open, agent);
      const counted = new Set(found?.evaluation.results.flatMap((result) => result.drills));
      const drills = evaluations.drills().filter(({ entry }) => counted.has(entry));
      const waivers = evaluations.waivers().filter(({ waiver }) => waiver.agent === id);
      const sheet = { agent: id, tier: agent.tier, profile: profileIn(instance), drills, waivers };
      if (found === undefined) return { from: 0, count: 0, content: sheet };
      const { catalogue, ...rest } = found;
      const facts = await factsNow(instance, agent, found);
      const newest = { ...rest, isOfThisCatalogue: catalogue === evaluations.catalogue, ...facts };
      const indexes = [found.index, ...drills.map(({ index }) => index)];
      return { ...rangeOf(indexes), content: { ...sheet, newest } };
    },
    drills(limit) {
      const all = evaluations.drills();
      const drills = all.slice(-limit).reverse();
      return { ...rangeOf(drills.map(({ index }) => index)), content: { total: all.length, drills } };
    },
    drillsNow() {
      const run = runs.now();
      return { total: evaluations.drills().length, ...(run === undefined ? {} : { run }) };
    },
    stopDrills: (run, { auditor }) => void runs.stop(run, nameOfRef(instance, auditor)),
    async trail(limit) {
      const [lately, readings] = [await assuranceLately(store, limit), await readingsLately(store, limit)];
      const nameOf = agentNames(instance);
      return {
        ...rangeOf([...lately, ...readings].map(({ index }) => index)),
        content: {
          origin: identity.origin,
          readings: readings.map((one) => readingLine(instance, one)),
          assurance: lately.map((one) => assuranceLine(nameOf, one)),
          waivers: evaluations.waivers(),
        },
      };
    },
    async entry(id, at) {
      const found = await entryById(store, id, at);
      if (found === undefined) return undefined;
      return { from: found.index, count: 1, content: entrySheet(agentNames(instance), found) };
    },
  };
}
