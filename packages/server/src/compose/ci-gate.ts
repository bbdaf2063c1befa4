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
import type { Instance } from "./open-instance.ts";
import { revised } from "./open-rooms.ts";
import { openOutsideFetcher } from "./outside-fetcher.ts";
import type { PublicRoute } from "./public-front.ts";
import type { Report } from "./report.ts";
import { openSubjectUses } from "./subject-uses.ts";

/** Where a job asks; its token is for this address. */
const PATH = "/ci/gate";
const MAX_BYTES = 32 * 1024;

/** What stands in the way, one sentence each, in our own words and names of controls, roles and parts. */
type Blocks = readonly string[];

function openProposal({ releases }: Instance, agent: AgentRecord): Blocks {
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

/** What a job is told of an agent: whether its release is in force as it was signed, and what is missing. */
function gateAnswer(instance: Instance, agent: AgentRecord): JsonObject {
  const { clock, config, releases } = instance;
  const said = { format: "narrowgate-gate/1", agent: agent.id, environment: config.environment };
  const active = releases.active(agent);
  const standing = releases.inForce(agent);
  const blocks = [
    ...(agent.state === "active" ? [] : [`the agent is ${agent.state}`]),
    ...(agent.expires * 1000 > clock.nowMs() ? [] : ["the agent's registration has expired"]),
    ...(standing.kind === "released" ? [] : [standing.why]),
    ...(standing.kind === "released" ? [] : openProposal(instance, agent)),
  ];
  const left =
    active === undefined || standing.kind === "refused"
      ? []
      : active.manifest.tools
          .filter((tool) => !standing.has(tool))
          .map(({ server, name }) => `${server}/${name}`);
  if (left.length > 0) blocks.push(`tools are not as they were signed: ${left.join(", ")}`);
  const { profile, evaluation } = active ?? {};
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
