import type {
  AgentRecord,
  MandateRecord,
  ResponseRule,
  ServerRecord,
  ToolRecord,
  TrustedIssuer,
} from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { InstanceView } from "./ports/instance-view.ts";
import type { OperatorView } from "./ports/operators-port.ts";
import type { LearnedOperation } from "./ports/registry-port.ts";

/** An agent as the API shows it. */
export function agentJson(agent: AgentRecord): JsonObject {
  return { ...agent, bindings: agent.bindings.map((binding) => ({ ...binding })) };
}

function operationJson({ dataClass, pin, ...rest }: ToolRecord): JsonObject {
  const approved = pin === undefined ? {} : { pin: { digest: pin.digest, entry: pin.entry } };
  return { ...rest, data_class: dataClass, ...approved };
}

/** A response rule in the names of the registry file. */
export function ruleJson({ label, ...rest }: ResponseRule): JsonObject {
  const { dataClass, ...untrusted } = label;
  return { ...rest, label: { ...(dataClass === undefined ? {} : { data_class: dataClass }), ...untrusted } };
}

/** A server as the API shows it; of a pin the digest, not the definition. */
export function serverJson(server: ServerRecord): JsonObject {
  const { allowUpstreamRequests, tools, prompts, resources, upstream, store, responseRules, ...rest } =
    server;
  return {
    ...rest,
    ...(store === undefined ? {} : { store: { data_class: store.dataClass, untrusted: store.untrusted } }),
    ...(responseRules === undefined ? {} : { response_rules: responseRules.map(ruleJson) }),
    upstream: { ...upstream },
    tools: tools.map(operationJson),
    prompts: prompts.map(operationJson),
    resources: resources.map(operationJson),
    allow_upstream_requests: allowUpstreamRequests,
  };
}

/** An issuer as the API shows it, in the names of the registry file. */
export function issuerJson({ jwksUri, instanceClaims, groupsClaim, ...rest }: TrustedIssuer): JsonObject {
  return {
    ...rest,
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
    ...(instanceClaims === undefined ? {} : { instance_claims: instanceClaims }),
    ...(groupsClaim === undefined ? {} : { groups_claim: groupsClaim }),
  };
}

/** A mandate as the API shows it. */
export function mandateJson({ document, openedAtMs, subjectRef, ...rest }: MandateRecord): JsonObject {
  const { agent, subject, purpose, intent, authority, expires, idleSeconds } = document;
  return {
    ...rest,
    agent,
    subject,
    subject_ref: subjectRef,
    purpose,
    ...(intent === undefined ? {} : { intent }),
    authority,
    expires,
    idle_seconds: idleSeconds,
    opened_at_ms: openedAtMs,
  };
}

/** An operator as the API shows it. */
export function operatorJson({ ref, name, jkt, enrolledAtMs }: OperatorView): JsonObject {
  return { ref, name, jkt, enrolled_at_ms: enrolledAtMs };
}

/** An instance as the API shows it. */
export function instanceJson({ firstMs, lastMs, ...rest }: InstanceView): JsonObject {
  return { ...rest, first_ms: firstMs, last_ms: lastMs };
}

/** A live definition against the approved one, as the API shows it. */
export function learnedJson({ fields, ...rest }: LearnedOperation): JsonObject {
  return { ...rest, fields: fields.map((field) => ({ ...field })) };
}
