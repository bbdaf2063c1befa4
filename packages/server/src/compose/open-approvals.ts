import type { RevocationListener } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import {
  type Approvals,
  createWebhooks,
  DEFAULT_BOUNDS,
  openApprovals,
  readWebhookSecret,
  type Signers,
  type Webhooks,
} from "../approvals/index.ts";
import type { Flow } from "../flow/index.ts";
import type { Mandates } from "../mandates/mandates.ts";
import { createSafeExchange } from "../platform/fetch/safe-fetch.ts";
import type { Registry } from "../registry/registry.ts";
import { adminRefusals } from "./admin-refusals.ts";
import { declassifiableIn } from "./declassification.ts";
import type { Foundation } from "./open-foundation.ts";
import { fetchRules } from "./outside-fetcher.ts";

/** The approvals room with what it tells others. */
export interface OpenApprovals extends Approvals {
  /** Tells nobody any more. */
  close(): void;
}

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

/** Who is told of requests. @throws `malformed_input` when a secret is not there, or is none */
async function openWebhooks({ config, clock, report }: Foundation): Promise<Webhooks> {
  const receivers = (config.approvals?.webhooks ?? []).map(({ url, secretVariable }) => {
    const secret = process.env[secretVariable];
    if (secret === undefined)
      throw new NarrowgateError("malformed_input", `the environment variable ${secretVariable} is not set`);
    return { url, secret: readWebhookSecret(secret) };
  });
  return createWebhooks({
    clock,
    receivers,
    send: createSafeExchange(await fetchRules(config)),
    after(ms, run) {
      const timer = setTimeout(run, ms).unref();
      return () => clearTimeout(timer);
    },
    report: (detail, cause) => report({ kind: "approvals", detail, cause }),
  });
}

/** Opens the approvals room; undefined where there is no place at which people approve. */
export async function openApprovalsOn(
  base: Foundation,
  rooms: {
    readonly registry: Pick<Registry, "agent">;
    readonly signers: Signers;
    /** Opened after this room, which withdraws what is asked in transactions that end. */
    readonly mandate: Mandates["mandate"];
    readonly flow: Flow;
    /** Opened later still: by it refusals are kept within bounds. */
    readonly sts: () => Parameters<typeof adminRefusals>[0]["sts"];
  },
): Promise<OpenApprovals | undefined> {
  const { config, clock, evidence, state, containment, report } = base;
  if (config.approvals === undefined) return undefined;
  const { origin, rpId, lifeSeconds } = config.approvals;
  const webhooks = await openWebhooks(base);
  const approvals = await openApprovals({
    // INVARIANT: what has an end in evidence is held against the time that evidence will say, after a clock set back too.
    clock: { ...clock, nowMs: () => evidence.nextLeafAtMs() },
    evidence,
    state,
    place: { origin, rpId },
    bounds: { ...DEFAULT_BOUNDS, lifeMs: lifeSeconds * 1000 },
    signers: rooms.signers,
    epochs: containment,
    mandates: { mandate: rooms.mandate },
    agent: (id) => rooms.registry.agent(id),
    declassifiable: declassifiableIn(evidence, rooms.flow),
    refused: (refusal) => adminRefusals({ sts: rooms.sts() }, report)({ ...signing, more: refusal }),
    tell: (news) => webhooks.tell(news),
  });
  base.listeners.push(listenerOf(approvals, base));
  return { ...approvals, close: () => webhooks.close() };
}
