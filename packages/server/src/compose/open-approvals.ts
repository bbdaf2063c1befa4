import type { RevocationListener } from "@narrowgate/contracts";
import { type Approvals, DEFAULT_BOUNDS, openApprovals, type Signers } from "../approvals/index.ts";
import type { Mandates } from "../mandates/mandates.ts";
import type { Registry } from "../registry/registry.ts";
import { adminRefusals } from "./admin-refusals.ts";
import type { Foundation } from "./open-foundation.ts";

/** What ends with what was revoked. A failure is reported: what is withdrawn late holds for nothing meanwhile. */
function listenerOf(approvals: Approvals, { report }: Foundation): RevocationListener {
  return {
    onRevoked() {
      approvals
        .withdrawRevoked()
        .catch((cause: unknown) =>
          report({ kind: "approvals", detail: "what was revoked could not be withdrawn", cause }),
        );
    },
  };
}

/** What a refused answer is on record as. */
const signing = { code: "approval_invalid", method: "POST", path: "/sign" } as const;

/** Opens the approvals room; undefined where there is no place at which people approve. */
export async function openApprovalsOn(
  base: Foundation,
  rooms: {
    readonly registry: Pick<Registry, "agent">;
    readonly signers: Signers;
    /** Opened after this room, which withdraws what is asked in transactions that end. */
    readonly mandate: Mandates["mandate"];
    /** Opened later still: by it refusals are kept within bounds. */
    readonly sts: () => Parameters<typeof adminRefusals>[0]["sts"];
  },
): Promise<Approvals | undefined> {
  const { config, clock, evidence, state, containment, report } = base;
  if (config.approvals === undefined) return undefined;
  const { origin, rpId, lifeSeconds } = config.approvals;
  const approvals = await openApprovals({
    clock,
    evidence,
    state,
    place: { origin, rpId },
    bounds: { ...DEFAULT_BOUNDS, lifeMs: lifeSeconds * 1000 },
    signers: rooms.signers,
    epochs: containment,
    mandates: { mandate: rooms.mandate },
    agent: (id) => rooms.registry.agent(id),
    refused: (refusal) => adminRefusals({ sts: rooms.sts() }, report)({ ...signing, more: refusal }),
    tell: () => undefined,
  });
  base.listeners.push(listenerOf(approvals, base));
  return approvals;
}
