import {
  type AuthzenEndpoint,
  type AuthzenPorts,
  createAuthzenEndpoint,
} from "../decisions/authzen/index.ts";
import { challengeError } from "../gateway/http/challenge.ts";
import { readHeaders } from "../gateway/http/read-headers.ts";
import {
  authenticateCaller,
  type CallerDeps,
  checkLife,
  type Presented,
} from "../gateway/steps/authenticate-caller.ts";
import { decidingPolicies } from "./deciding-policies.ts";
import type { Instance } from "./instance.ts";
import { releasesWhereAsked } from "./open-front.ts";
import type { Report } from "./report.ts";

/** Who asks for a decision shows it as a caller of the gate does: token, key, epochs, mandate, release. */
function authenticating(instance: Instance): AuthzenPorts["authenticate"] {
  const { registry, containment: epochs, mandates, clock, config, sts } = instance;
  const { tokens, proofs } = sts;
  const deps: CallerDeps = {
    tokens,
    proofs,
    registry,
    epochs,
    mandates,
    clock,
    env: config.environment,
    ...releasesWhereAsked(instance, instance),
  };
  return async ({ method, url, audience, rawHeaders, body }) => {
    const known: Presented["known"] = {};
    const presented = { headers: readHeaders(rawHeaders), url, audience, known, req: { method } };
    const caller = await authenticateCaller(deps, presented, body);
    if ("kind" in caller) {
      const { code, sentence } = caller;
      return {
        kind: "refused",
        code,
        ...(sentence === undefined ? {} : { sentence }),
        ...(known.caller === undefined ? {} : { caller: known.caller }),
      };
    }
    const ended = () => {
      const life = checkLife(deps, caller.claims);
      return "kind" in life ? life.code : undefined;
    };
    return { ...caller, kind: "caller", agentRef: caller.agent.ref, ended };
  };
}

/** The decision point for other systems, on the public side. */
export function openAuthzen(instance: Instance, report: Report): AuthzenEndpoint {
  const { config, clock, overlays, policies, releases, sts, containment, evidence } = instance;
  return createAuthzenEndpoint({
    issuer: config.baseUrl,
    clock,
    policies: decidingPolicies(policies, overlays, releases),
    authenticate: authenticating(instance),
    challengeOf: challengeError,
    nonce: () => sts.proofs.nonce(),
    epochs: containment,
    evidence,
    refusals: sts.evidence,
    onFault: (cause) => report({ kind: "authzen", detail: "an evaluation failed", cause }),
  });
}
