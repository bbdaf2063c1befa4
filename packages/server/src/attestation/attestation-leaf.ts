import { type ErrorCode, type LeafDraft, platformInstanceCommitment } from "@narrowgate/contracts";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";

/** How a workload said who it is. */
export type AttestationMethod = "enrolment" | "oidc" | "spiffe";

/** What was shown. It is sealed: the leaf itself holds no name. */
export interface Shown {
  readonly method: AttestationMethod;
  /** Thumbprint of the key, possession proven. */
  readonly jkt: string;
  /** The exact platform token. Never a join code. */
  readonly assertion?: string;
  readonly dpop?: string;
  /** The platform's own name for the instance. */
  readonly platformInstance?: string;
  readonly claims?: JsonObject;
}

function sealedParts({ assertion, dpop, claims }: Shown): Pick<LeafDraft, "proof" | "content"> {
  const proof = {
    ...(assertion === undefined ? {} : { assertion }),
    ...(dpop === undefined ? {} : { dpop }),
  };
  return {
    ...(Object.keys(proof).length === 0 ? {} : { proof }),
    ...(claims === undefined ? {} : { content: { claims } }),
  };
}

/** The leaf of an attestation that was accepted. @see docs/spec/evidence.md section 4 (`attestation`) */
export function acceptedLeaf(
  shown: Shown,
  instance: { readonly ref: string; readonly entry: string; readonly agentRef: string },
): LeafDraft {
  const { method, jkt, platformInstance } = shown;
  const sealed = sealedParts(shown);
  const body = { verdict: "accepted", method, instance: instance.ref, jkt };
  const leaf = { type: "attestation", id: instance.entry, agent: instance.agentRef } as const;
  if (platformInstance === undefined) return { ...leaf, body, ...sealed };
  const salt = randomId();
  return {
    ...leaf,
    body: {
      ...body,
      platform_instance: platformInstanceCommitment(nodeSha256, salt, platformInstance),
    },
    ...sealed,
    content: { ...sealed.content, platform_instance: { id: platformInstance, salt } },
  };
}

/** The leaf of an attestation that was refused; `agent` is the agent's ref, when one is known. */
export function refusedLeaf(shown: Shown, code: ErrorCode, agent?: string): LeafDraft {
  const { method, jkt } = shown;
  return {
    type: "attestation",
    ...(agent === undefined ? {} : { agent }),
    body: { verdict: "refused", code, method, jkt },
    ...sealedParts(shown),
  };
}
