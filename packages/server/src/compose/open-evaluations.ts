import { foundation, full, type World } from "@narrowgate/assurance";
import {
  type AgentRecord,
  deploymentDigest,
  type GateProfile,
  plainName,
  releaseDigest,
} from "@narrowgate/contracts";
import { toBase64url } from "@narrowgate/kernel";
import { type EvaluatePorts, type Evaluations, openEvaluations } from "../assurance/evaluate/index.ts";
import type { ReleasePorts, Releases } from "../assurance/releases/index.ts";
import type { People } from "../people/index.ts";
import { digestOfBuild } from "../platform/build/build-digest.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { Foundation } from "./open-foundation.ts";
import { EvaluatorInThread } from "./start-evaluator.ts";
import { type FactRooms, openFacts, openReplayer } from "./world-facts.ts";

/** How long back controls look. */
const WINDOW_MS = 30 * 24 * 3_600_000;

/** The gate profile that the configuration names, or has. */
export function profileOf({ config }: Pick<Foundation, "config">): GateProfile {
  if (typeof config.gateProfile === "object") return config.gateProfile;
  return config.gateProfile === "foundation" ? foundation : full;
}

function logHead({ evidence }: Foundation): EvaluatePorts["log"] {
  return {
    origin: evidence.identity.origin,
    size: () => evidence.durable.size,
    async head() {
      const { size, root } = await evidence.freshCheckpoint();
      return { size, root: toBase64url(root) };
    },
  };
}

/** The person behind a name of the registry, where one is enrolled. */
function personBehind(people: People, name: string): string | undefined {
  const plain = plainName(name);
  const found = people.byIdentity(name) ?? people.list().find((one) => plainName(one.name) === plain);
  return found?.ref;
}

function judged(people: People, agent: AgentRecord): World["agent"] {
  const { ref, id, tier, state, expires } = agent;
  const owner = personBehind(people, agent.owner);
  const deputy = personBehind(people, agent.deputy);
  return {
    ref,
    id,
    tier,
    state,
    expires,
    ...(owner === undefined ? {} : { owner }),
    ...(deputy === undefined ? {} : { deputy }),
  };
}

/** Opens the evaluation of controls over this log. */
export async function openEvaluationsOn(
  base: Foundation,
  rooms: FactRooms & { readonly people: People; readonly standing: ReleasePorts["standing"] } & Pick<
      Releases,
      "isStanding"
    >,
): Promise<Evaluations> {
  const { clock, config, evidence, state } = base;
  const build = await digestOfBuild();
  const profile = profileOf(base);
  const evaluator = new EvaluatorInThread({ ...base, dataDirectory: config.dataDirectory }, build);
  const replayer = openReplayer(base, rooms, (...bundle) => evaluator.verify(...bundle));
  const gather = openFacts(base, rooms, replayer);
  return openEvaluations({
    clock,
    evidence,
    state,
    log: logHead(base),
    evaluator,
    build,
    verifiedOf: (transactions) => replayer.verifiedOf(transactions),
    async world(agent, stated, own, noticed) {
      const { manifest, deployment } = rooms.standing(agent, stated);
      const isReleaseStanding = rooms.isStanding(agent);
      const window = { from: own.at - WINDOW_MS, to: own.at };
      const release = releaseDigest(nodeSha256, manifest);
      return {
        profile,
        ...own,
        ...(await gather(own, noticed, { window, release })),
        window,
        environment: config.environment,
        agent: judged(rooms.people, agent),
        release,
        manifest,
        deployment: deploymentDigest(nodeSha256, deployment),
        ...(isReleaseStanding === undefined ? {} : { isReleaseStanding }),
        build,
      };
    },
  });
}
