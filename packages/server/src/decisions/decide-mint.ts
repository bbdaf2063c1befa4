import type { ErrorCode, InputAttribute, MandateRecord, Provenance } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { overlayInputs } from "./build-request.ts";
import type { MintQuestion } from "./mint-question.ts";
import type { DecisionPorts } from "./ports.ts";
import type { Salter } from "./stable-inputs.ts";
import { type AskedInputs, createStableMintInputs, type StableMintInputs } from "./stable-mint-inputs.ts";

/** A decision on a mint, and all it depended on. */
export interface MintVerdict {
  readonly verdict: "permit" | "refuse";
  readonly code?: ErrorCode;
  readonly policies: readonly string[];
  readonly reason: string;
  /** With `approval_required`: signatures that policy asks for, `role#n`, sorted. */
  readonly requires?: readonly string[];
  readonly policy: string;
  readonly procedure: string;
  readonly inputs: readonly InputAttribute[];
}

const gate: Provenance = { by: "gate" };
const prefixLength = "/context/".length;

function timeOf(nowMs: number): JsonObject {
  const at = new Date(nowMs);
  return { hour_utc: at.getUTCHours(), unix_s: Math.floor(nowMs / 1000), weekday_utc: at.getUTCDay() };
}

function mandateOf({ openedAtMs, document }: MandateRecord, nowMs: number): JsonObject {
  return { age_s: Math.max(0, Math.floor((nowMs - openedAtMs) / 1000)), purpose: document.purpose };
}

/** Every context attribute with where it comes from, in order of path (UTF-16 code units). */
function contextOf(
  { mandate, bodySigned }: MintQuestion,
  asked: AskedInputs,
  stable: StableMintInputs,
  nowMs: number,
): readonly InputAttribute[] {
  const mandated: Provenance = { by: "derived", entry: mandate.entry };
  return [
    asked.actorRoot,
    asked.actors,
    asked.assurance,
    asked.basis,
    stable.bodySigned[bodySigned ? "signed" : "unsigned"],
    asked.depth,
    asked.entitlements,
    stable.env,
    asked.instance,
    asked.intent,
    asked.labels,
    { path: "/context/mandate", value: mandateOf(mandate, nowMs), from: mandated },
    stable.protocol,
    asked.scopes,
    asked.subject,
    { path: "/context/time", value: timeOf(nowMs), from: gate },
    asked.txn,
  ];
}

function decideMint(question: MintQuestion, ports: DecisionPorts, stable: StableMintInputs): MintVerdict {
  const { client, instance, mandate, release, target } = question;
  const { compiled, procedure, overlays } = ports.policies(release);
  const asked = stable.asked(question, ports.flow.labels({ mandate, instance: instance.ref }));
  const context = contextOf(question, asked, stable, ports.clock.nowMs());
  const { entities, entitiesInput, labelOfInstance, labelOfTransaction, principal, resource } = asked;
  const decided = compiled.decide({
    principal: { type: "Agent", id: client.id },
    action: { type: "Action", id: question.action },
    resource: { type: target.type, id: target.id },
    context: Object.fromEntries(context.map(({ path, value }) => [path.slice(prefixLength), value])),
    entities,
  });
  // In order of path (UTF-16 code units), as evidence keeps them.
  const inputs = [
    stable.action[question.action],
    ...context,
    entitiesInput,
    labelOfInstance,
    labelOfTransaction,
    ...overlayInputs(overlays),
    principal,
    resource,
  ];
  const { policies, reason, code, requires } = decided;
  const facts = { policies, reason, policy: compiled.digest, procedure, inputs };
  if (decided.verdict === "allow") return { verdict: "permit", ...facts };
  const lifted = requires === undefined ? {} : { requires };
  return { verdict: "refuse", code: code ?? "policy_denied", ...lifted, ...facts };
}

/**
 * Makes what asks policy whether a token may be minted or exchanged. It never throws on a denial.
 * @param salt - commits to inputs that many decisions share, once
 * @see docs/spec/evidence.md section 5
 */
export function createMintDecider(
  ports: DecisionPorts,
  salt: Salter,
): (question: MintQuestion) => MintVerdict {
  const stable = createStableMintInputs(ports.env, salt);
  return (question) => decideMint(question, ports, stable);
}
