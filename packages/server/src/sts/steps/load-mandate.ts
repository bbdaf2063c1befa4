import { parseAuthority } from "@narrowgate/authority";
import type { MandateRecord } from "@narrowgate/contracts";
import { type Refusal, refuse } from "../outcome.ts";
import type { StsPorts } from "../ports.ts";
import type { Authenticated, Source, Sourced } from "../stages.ts";
import { baseEpochs } from "./token-epochs.ts";

function rootSource(stage: Authenticated, mandate: MandateRecord, ports: StsPorts): Source | Refusal {
  const epochs = baseEpochs(mandate, ports.epochs);
  // A fresh pair is always at the current epoch; what is dead here is the mandate itself or everything.
  if (ports.epochs.current(`mandate:${mandate.id}`) > 0) return refuse("revoked");
  const autonomous = mandate.document.subject === `agent:${stage.client.id}`;
  const actor = { iss: ports.issuer, sub: stage.client.id, subProfile: "ai_agent" };
  return {
    mode: "root",
    mandate,
    authority: parseAuthority(mandate.document.authority),
    parentChain: undefined,
    // The mandate names the agent: that is the independent basis an `act` at the root needs.
    chain: autonomous ? undefined : [actor],
    subject: autonomous
      ? { sub: stage.client.id, profile: "ai_agent" }
      : { sub: mandate.document.subject, profile: "user" },
    expires: mandate.document.expires,
    epochs,
  };
}

/**
 * Finds what a root token is cut from: the mandate that was named, or a new one of the agent on its own behalf.
 * INVARIANT: no token without an open mandate, and only for the agent it was given to.
 * @returns `mandate_*`, `actor_unauthorized`, `subject_unproven` (T3 without the person's signature), `revoked`
 */
export function loadMandate(stage: Authenticated, ports: StsPorts): Sourced | Refusal {
  const id = stage.request.params.get("mandate");
  const nowMs = ports.clock.nowMs();
  if (id === undefined) {
    if (stage.client.tier === "T3") return refuse("subject_unproven");
    const opening = ports.mandates.openAutonomous({
      agent: stage.client.id,
      authority: stage.client.ceiling,
      nowMs,
    });
    const source = rootSource(stage, opening.mandate, ports);
    return "code" in source ? source : { ...stage, source: { ...source, opening } };
  }
  const open = ports.mandates.checkOpen(id, nowMs);
  if (open.kind === "refused") return refuse(open.code);
  if (open.mandate.document.agent !== stage.client.id)
    return refuse("actor_unauthorized", "the mandate was given to another agent");
  if (stage.client.tier === "T3" && open.mandate.basis !== "signed_by_subject")
    return refuse("subject_unproven");
  const source = rootSource(stage, open.mandate, ports);
  return "code" in source ? source : { ...stage, source };
}
