import { type AgentRecord, keptBack } from "@narrowgate/contracts";
import {
  type JsonObject,
  NarrowgateError,
  parseStrictJson,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { createJobVerifier, type VerifyJob } from "../attestation/index.ts";
import { errorAnswer, type JsonAnswer, okAnswer } from "../platform/http/json-answer.ts";
import type { Instance } from "./instance.ts";
import { revised } from "./open-rooms.ts";
import { openOutsideFetcher } from "./outside-fetcher.ts";
import type { PublicRoute } from "./public-front.ts";
import type { Report } from "./report.ts";
import { openSubjectUses } from "./subject-uses.ts";

/** Where a job asks; its token is for this address. */
const PATH = "/ci/gate";
const MAX_BYTES = 32 * 1024;
const BROKEN = "it is let through by a break-glass: no release is in force as it was signed";

/** What stands in the way, one sentence each, in our own words and names of controls, roles and parts. */
type Blocks = readonly string[];

/** What a job is told from. */
type Told = Pick<Instance, "clock" | "releases"> & {
  readonly config: Pick<Instance["config"], "environment">;
};

function openProposal({ releases }: Told, agent: AgentRecord): Blocks {
  const open = releases.list().find((one) => one["agent"] === agent.id && one["state"] === "open");
  if (open === undefined) return [];
  const { evaluation } = releases.proposal(String(open["id"]));
  const missing = Array.isArray(open["missing"]) ? open["missing"].map(String) : [];
  const blocking = keptBack(evaluation);
  return [
    ...(missing.length === 0 ? [] : [`a proposed release waits for signatures: ${missing.join(", ")}`]),
    ...(blocking.length === 0 ? [] : [`controls keep a proposed release back: ${blocking.join(", ")}`]),
    ...(missing.length + blocking.length === 0 ? ["a proposed release waits to be promoted"] : []),
  ];
}

/** What stands in the way beside the agent itself: its release, or tools of it. */
function releaseBlocks(instance: Told, agent: AgentRecord): Blocks {
  const { releases } = instance;
  const standing = releases.inForce(agent);
  if (standing.kind === "refused") return [standing.why, ...openProposal(instance, agent)];
  // Two people let it through for some hours; that is not what a job asks about.
  if (standing.untilMs !== undefined) return [BROKEN, ...openProposal(instance, agent)];
  const left = releases.active(agent)?.manifest.tools.filter((tool) => !standing.has(tool)) ?? [];
  const names = left.map(({ server, name }) => `${server}/${name}`);
  return left.length === 0 ? [] : [`tools are not as they were signed: ${names.join(", ")}`];
}

/** What a job is told of an agent: whether its release is in force as it was signed, and what is missing. */
export function gateAnswer(instance: Told, agent: AgentRecord): JsonObject {
  const { clock, config, releases } = instance;
  const said = { format: "narrowgate-gate/1", agent: agent.id, environment: config.environment };
  const standing = releases.inForce(agent);
  const blocks = [
    ...(agent.state === "active" ? [] : [`the agent is ${agent.state}`]),
    ...(agent.expires * 1000 > clock.nowMs() ? [] : ["the agent's registration has expired"]),
    ...releaseBlocks(instance, agent),
  ];
  const { profile, evaluation } = releases.active(agent) ?? {};
  return {
    ...said,
    ready: blocks.length === 0,
    blocks,
    ...(standing.kind === "released" ? { deployment: standing.deployment } : {}),
    ...(evaluation === undefined ? {} : { release: evaluation.release }),
    ...(profile === undefined ? {} : { profile: { name: profile.name, version: profile.version } }),
  };
}

function readAsked(body: Uint8Array): { readonly agent: string; readonly identity: string } {
  const row = readObject(parseStrictJson(body, { maxBytes: MAX_BYTES, maxDepth: 2 }), "", [
    "agent",
    "identity",
  ]);
  return {
    agent: readString(row.agent, "/agent", { min: 1, max: 1024 }),
    identity: readString(row.identity, "/identity", { min: 1, max: 16_384 }),
  };
}

async function openVerifier(instance: Instance): Promise<VerifyJob> {
  const { config, clock, evidence, registry, state } = instance;
  return createJobVerifier({
    issuer: config.baseUrl,
    audience: `${config.baseUrl}${PATH}`,
    clock,
    registry: revised(registry),
    fetcher: await openOutsideFetcher(config),
    takeOnce: await openSubjectUses(evidence, state, clock, "ci-use"),
    rules: config.ci,
  });
}

/** The address at which a job asks; none where the configuration names no job. */
export async function ciRoutes(instance: Instance, report: Report): Promise<readonly PublicRoute[]> {
  const { config, registry } = instance;
  if (config.ci.length === 0) return [];
  const verify = await openVerifier(instance);
  const answer = async (body: Uint8Array): Promise<JsonAnswer> => {
    const asked = readAsked(body);
    const job = await verify(asked);
    if (job.kind === "refused") {
      report({ kind: "ci", detail: `a job was refused: ${job.code}` });
      return errorAnswer(job.code, job.description);
    }
    const agent = registry.agent(job.agent);
    if (agent === undefined)
      throw new NarrowgateError("not_found", "the agent of this rule is not registered");
    return okAnswer(gateAnswer(instance, agent));
  };
  return [{ method: "POST", path: PATH, answer: ({ body }) => answer(body) }];
}
