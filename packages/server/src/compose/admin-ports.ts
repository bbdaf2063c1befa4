import { readFile } from "node:fs/promises";
import { type JsonObject, NarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import { formatVerifierKey } from "@narrowgate/tlog";
import type { AdminPorts } from "../admin/ports.ts";
import type { LiveRuns } from "../assurance/drills/index.ts";
import { logVerifierKey } from "../evidence/checkpoints.ts";
import { isolationFault } from "../gateway/index.ts";
import type { ViewerCodes } from "../pages/index.ts";
import { adminEvidence } from "./admin-evidence.ts";
import { adminOverlays } from "./admin-overlays.ts";
import { adminPolicies } from "./admin-policies.ts";
import { adminReadiness } from "./admin-readiness.ts";
import { adminRefusals } from "./admin-refusals.ts";
import { adminRetention } from "./admin-retention.ts";
import { askToDeclassify } from "./declassification.ts";
import { evidencePacks } from "./evidence-packs.ts";
import type { Instance } from "./instance.ts";
import { pilotsOf } from "./pilot-of.ts";
import { effectsPort } from "./release-effects.ts";
import { releasePacks } from "./release-packs.ts";
import type { Report } from "./report.ts";

/** What the process says of itself. */
function statusOf({
  custody,
  policies,
  config,
  evidence,
  registry,
  operators,
  mandates,
  containment,
  overlays,
  witnesses,
  evaluations,
}: Instance): JsonObject {
  const { published, witnessed } = evidence.publisher;
  const policy = registry.policy();
  return {
    environment: config.environment,
    base_url: config.baseUrl,
    log: {
      origin: evidence.identity.origin,
      key: formatVerifierKey(logVerifierKey(evidence.identity.origin, custody.log)),
      size: evidence.durable.size,
      published: published?.size ?? 0,
      witnessed: witnessed?.size ?? 0,
      witnesses: witnesses.port.list().length,
    },
    build: evaluations.build,
    procedure: policies.procedure,
    ...(config.approvals === undefined
      ? {}
      : { approvals: { origin: config.approvals.origin, rp_id: config.approvals.rpId } }),
    policy: { state: policy.state, ...(policy.digest === undefined ? {} : { digest: policy.digest }) },
    ...(overlays.inForce().length === 0 ? {} : { overlays: overlays.inForce().length }),
    operators: operators.list().length,
    agents: registry.agents().length,
    servers: registry.servers().map(({ id, upstream, state }) => ({
      id,
      state,
      transport: upstream.transport,
      ...(upstream.transport === "stdio" ? { isolation: upstream.isolation } : { auth: upstream.auth }),
    })),
    mandates_open: mandates.list().length,
    revocations: containment.position(),
  };
}

async function loadOpenApi(): Promise<JsonObject> {
  const file = new URL("../../../../docs/reference/admin-openapi.json", import.meta.url);
  const value = parseStrictJson(await readFile(file));
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NarrowgateError("internal_error", "the description of the admin API is not an object");
  return Object.fromEntries(Object.entries(value));
}

/** What to do before an upstream with exchanged tokens can be asked: each token rests on a decision under policies. */
function noTokenFor(server: string): string {
  return `server ${server} is asked with a token of the gate, and none is made before policies are in force: apply policies that read no arguments of its tools, approve its definitions, then apply those that do`;
}

type Revoke = AdminPorts["revoke"];

function revokeWith({ containment }: Instance): Revoke {
  return ({ kind, id, reason, name }, { operator, jws }) =>
    containment.revoke({
      kind,
      id,
      by: "operator",
      operator,
      proof: jws,
      reason,
      ...(name === undefined ? {} : { name }),
    });
}

/** What the admin API and the pages share. */
export interface Shared {
  /** One-time codes that operators ask for. */
  readonly codes: ViewerCodes;
  /** Drills that go on. */
  readonly drills: LiveRuns;
}

/** Introduces the rooms to the admin API. */
export async function adminPorts(
  instance: Instance,
  { codes, drills }: Shared,
  report: Report,
): Promise<AdminPorts> {
  const { config, operators, registry, mandates, attestation, gateway, evidence, state } = instance;
  const openApi = await loadOpenApi();
  return {
    origin: config.baseUrl,
    status: () => statusOf(instance),
    openApi: () => openApi,
    operators,
    people: instance.people,
    ...(config.approvals === undefined ? {} : { enrolAddress: `${config.approvals.origin}/people/enrol` }),
    registry,
    async liveDefinitions(id) {
      const server = registry.server(id);
      if (server === undefined) throw new NarrowgateError("not_found", "there is no such server");
      const { upstream } = server;
      const fault =
        upstream.transport === "stdio" ? isolationFault(upstream, instance.config.environment) : undefined;
      // Whoever administers may read why; a caller of the gate reads the code alone.
      if (fault !== undefined) throw new NarrowgateError("posture_refused", fault);
      const isExchanged = upstream.transport === "http" && upstream.auth === "exchanged";
      if (isExchanged && registry.policy().state !== "in_force")
        throw new NarrowgateError("policy_missing", noTokenFor(id));
      return gateway.learnPins(server);
    },
    async createJoinCode(agent, { operator }) {
      const { code, expiresMs } = await attestation.issueJoinCode(agent.id, operator);
      return { code, expiresAtMs: expiresMs };
    },
    instances: (agent) => attestation.list().filter((instance) => instance.agent === agent),
    recordRefusal: adminRefusals(instance, report),
    mandates: {
      list: () => mandates.list(),
      open: (asked, { jws }) => mandates.open({ ...asked, by: "operator", request: jws }),
      close: (id, { operator, jws }) =>
        mandates.end(id, "closed", { by: "operator", operator, request: jws }),
    },
    revoke: revokeWith(instance),
    async refOf(kind, name) {
      if (kind === "agent") return registry.agent(name)?.ref;
      if (kind !== "subject") return undefined;
      const ref = await state.get("subject-ref", name);
      return typeof ref === "string" ? ref : undefined;
    },
    waitingCalls: () => instance.approvals?.list() ?? [],
    declassify: askToDeclassify(instance),
    witnesses: instance.witnesses.port,
    issueViewerCode: ({ operator, jws }) => codes.issue({ auditor: operator, request: jws }),
    releases: instance.releases,
    packs: releasePacks(instance),
    effects: effectsPort(instance),
    evidencePacks: evidencePacks(instance),
    retention: adminRetention(instance),
    readiness: adminReadiness(instance),
    drills: {
      build: instance.evaluations.build,
      list: () => instance.evaluations.drills(),
      record: (result, request) => instance.evaluations.recordDrill(result, request),
      report: (told, { operator }) => drills.report(told, operators.find(operator)?.name ?? operator),
      pilot: pilotsOf(instance),
    },
    overlays: adminOverlays(instance),
    policies: adminPolicies(evidence, instance.policies, () => registry.policySchema()),
    evidence: adminEvidence(evidence, mandates, instance.witnesses.witnessing),
    report: ({ method, path, cause }) => report({ kind: "admin", detail: `${method} ${path} failed`, cause }),
  };
}
