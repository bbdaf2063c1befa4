import { catalogue, foundation, full } from "@narrowgate/assurance";
import {
  type AgentRecord,
  type GateProfile,
  profileDigest,
  type ReadinessFacts,
} from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, NarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import type { ProfileName } from "../admin/ports/readiness-port.ts";
import type { AdminPorts } from "../admin/ports.ts";
import type { RecordedEvaluation, WaiverView } from "../assurance/evaluate/index.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { drillsBehind } from "./drills-behind.ts";
import type { Instance } from "./instance.ts";
import { profileOf } from "./open-evaluations.ts";
import { standingOf } from "./release-standing.ts";

type Port = AdminPorts["readiness"];
type Standing = ReturnType<typeof standingOf>;

function agentOf({ registry }: Instance, id: string): AgentRecord {
  const agent = registry.agent(id);
  if (agent === undefined) throw new NarrowgateError("not_found", "there is no such agent");
  return agent;
}

/** What the author and platforms say of the release in force; of nothing else anything is said. */
function statedOf({ releases }: Instance, agent: AgentRecord): Parameters<Standing>[1] {
  const { attested, declared } = releases.active(agent)?.manifest ?? { attested: [], declared: {} };
  return { attested, declared };
}

function profileNamed(instance: Instance, name: ProfileName | undefined): GateProfile {
  return name === undefined ? profileOf(instance) : name === "full" ? full : foundation;
}

/** What a report on an agent is made from. */
export async function factsOf(
  instance: Instance,
  standing: Standing,
  { agent, profile, recorded }: { agent: AgentRecord; profile: GateProfile; recorded: RecordedEvaluation },
): Promise<ReadinessFacts> {
  const { config, evaluations, releases } = instance;
  const { entry, evaluation } = recorded;
  const { id, tier, state, owner, deputy, purpose, expires } = agent;
  const { manifest } = standing(agent, statedOf(instance, agent));
  const [first] = evaluation.results;
  const window = { from: first?.window.from ?? evaluation.at, to: evaluation.at };
  const active = releases.active(agent)?.id;
  return {
    format: "narrowgate-readiness/1",
    instance: config.baseUrl,
    environment: config.environment,
    entry,
    evaluation,
    profile,
    agent: { id, tier, state, owner, deputy, purpose, expires },
    granted: manifest.tools.map(({ server, kind, name, effect, dataClass }) => ({
      server,
      kind,
      name,
      effect,
      dataClass,
    })),
    work: await evaluations.work(agent.ref, window),
    drills: drillsBehind(evaluations.drills(), evaluations.build, evaluation),
    ...(active === undefined ? {} : { release: active }),
  };
}

function waiverJson({ waiver, asked, state }: WaiverView): JsonObject {
  return { waiver, asked, state };
}

/** The shipped catalogue as plain JSON. */
function catalogueJson(digest: string): JsonObject {
  const plain = parseStrictJson(canonicalJson(catalogue), { maxKeys: 100_000 });
  return { digest, catalogue: plain };
}

/** Introduces evaluations to the admin API. */
export function adminReadiness(instance: Instance): Port {
  const { evaluations } = instance;
  const standing = standingOf(instance, instance);
  const facts = async (
    agent: AgentRecord,
    profile: GateProfile,
    recorded: RecordedEvaluation,
  ): Promise<JsonObject> => ({ ...(await factsOf(instance, standing, { agent, profile, recorded })) });
  return {
    async newest(id, name) {
      const agent = agentOf(instance, id);
      const profile = profileNamed(instance, name);
      const recorded = evaluations.newest(id, profileDigest(nodeSha256, profile));
      if (recorded === undefined)
        throw new NarrowgateError(
          "not_found",
          "this agent was not evaluated under that profile since the start",
        );
      return facts(agent, profile, recorded);
    },
    async evaluate(id, name) {
      const agent = agentOf(instance, id);
      const profile = profileNamed(instance, name);
      return facts(agent, profile, await evaluations.evaluate(agent, statedOf(instance, agent), profile));
    },
    catalogue: () => catalogueJson(evaluations.catalogue),
    waivers: () => evaluations.waivers().map(waiverJson),
    askWaiver: async (waiver, request) => waiverJson(await evaluations.askWaiver(waiver, request)),
    agree: async (id, request) => waiverJson(await evaluations.agree(id, request)),
    endWaiver: async (id, request) => waiverJson(await evaluations.endWaiver(id, request)),
  };
}
