import { foundation, full } from "@narrowgate/assurance";
import {
  type AgentRecord,
  type BundleEntry,
  countedDrills,
  type Evaluation,
  type GateProfile,
  openedMember,
  parseEvaluation,
  parseProofBundle,
  profileDigest,
  type ReadinessFacts,
} from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { parseCheckpoint, parseNote } from "@narrowgate/tlog";
import type { EvidencePacksPort } from "../admin/ports/evidence-packs-port.ts";
import { readAgentLeaves } from "../evidence/export/agent-leaves.ts";
import { registeredServers } from "../evidence/export/registered-servers.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { factsOf } from "./admin-readiness.ts";
import { auditorOf } from "./auditor-of.ts";
import type { Instance } from "./instance.ts";
import { profileOf } from "./open-evaluations.ts";
import { policyTexts } from "./policy-texts.ts";
import { releasePacks } from "./release-packs.ts";
import { standingOf } from "./release-standing.ts";

interface Evaluated {
  readonly entry: BundleEntry;
  readonly evaluation: Evaluation;
}

/** The newest evaluation of a release that its proof opens. */
function newestOf(entries: readonly BundleEntry[], release: string): Evaluated {
  for (const entry of entries.toReversed()) {
    if (entry.leaf.type !== "assurance" || entry.leaf.body.kind !== "evaluation") continue;
    const document = openedMember(entry.openings?.content, "document");
    const evaluation = document === undefined ? undefined : parseEvaluation(document);
    if (evaluation?.release === release) return { entry, evaluation };
  }
  throw new NarrowgateError("not_found", "no evaluation of this release is on record");
}

function profileBy(instance: Instance, digest: string): GateProfile {
  const known = [profileOf(instance), full, foundation];
  const found = known.find((profile) => profileDigest(nodeSha256, profile) === digest);
  if (found === undefined)
    throw new NarrowgateError("not_found", "the profile of its newest evaluation is not known here any more");
  return found;
}

/** The drills that the evaluation counts, and no others: these have leaves in the proof. */
function drillsOf({ evaluations }: Instance, { entry }: Evaluated): ReadinessFacts["drills"] {
  const counted = new Set(countedDrills({ leaf: entry.leaf, openings: entry.openings ?? {} }));
  return evaluations.drills().filter((drill) => counted.has(drill.entry));
}

function agentNamed({ registry }: Instance, id: string): AgentRecord {
  const agent = registry.agent(id);
  if (agent === undefined) throw new NarrowgateError("not_found", "there is no such agent");
  return agent;
}

/** What evidence packs are made from. @see docs/spec/evidence-pack.md */
export function evidencePacks(instance: Instance): EvidencePacksPort {
  const { evaluations, evidence, registry, releases } = instance;
  const packs = releasePacks(instance);
  const standing = standingOf(instance, instance);
  return {
    async parts(id, request) {
      const { agent: name, agentRef, manifest } = releases.proposal(id);
      const agent = agentNamed(instance, name);
      // Of an agent that is not what was released any more the last evaluation of this release is reported.
      await evaluations.evaluate(agent, { attested: manifest.attested, declared: manifest.declared });
      const release = await packs.release(id, request);
      const { checkpoint, entries } = parseProofBundle(release.proof);
      const newest = newestOf(entries, release.release);
      const profile = profileBy(instance, newest.evaluation.profile);
      const recorded = { entry: newest.entry.leaf.id, evaluation: newest.evaluation };
      const facts = await factsOf(instance, standing, { agent, profile, recorded });
      const named = new Set(manifest.tools.map(({ server }) => server));
      const refs = registry.servers().flatMap(({ id: server, ref }) => (named.has(server) ? [ref] : []));
      const { size } = parseCheckpoint(parseNote(checkpoint).text);
      return {
        ref: agentRef,
        evaluation: recorded.entry,
        index: newest.entry.leaf.writer.seq,
        release,
        facts: { ...facts, drills: drillsOf(instance, newest) },
        policies: await policyTexts(evidence, manifest.policies),
        servers: await registeredServers(evidence, { refs, size }, auditorOf(request)),
      };
    },
    leaves(name, page, request) {
      const { ref } = agentNamed(instance, name);
      return readAgentLeaves(evidence, { ref, ...page }, auditorOf(request));
    },
  };
}
