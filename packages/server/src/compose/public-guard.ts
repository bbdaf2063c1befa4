import { createDoor } from "../platform/http/door.ts";
import { sourceOf } from "../platform/http/source-address.ts";
import { keyNamedByProof } from "../platform/jose/index.ts";
import type { Instance } from "./instance.ts";
import type { Guard } from "./public-front.ts";
import type { Report } from "./report.ts";

const REPORT_EVERY_MS = 60_000;

/**
 * Lets agents and strangers in by budgets that are apart. An agent is known by the key its request names, which is an
 * instance's; that it holds that key is shown further in.
 */
export function publicGuard(
  { clock, attestation }: Pick<Instance, "clock" | "attestation">,
  report: Report,
): Guard {
  const door = createDoor(clock);
  let turnedAway = 0;
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  const count = (): void => {
    turnedAway += 1;
    const nowMs = performance.now();
    if (nowMs - reportedAtMs < REPORT_EVERY_MS) return;
    report({ kind: "flood", detail: `${turnedAway} requests of strangers were turned away` });
    turnedAway = 0;
    reportedAtMs = nowMs;
  };
  return (req, { proof, key }) => {
    const named = proof === undefined ? key : keyNamedByProof(proof);
    const admission = door.admit({
      source: sourceOf(req.socket.remoteAddress),
      ...(named !== undefined && attestation.knowsKey(named) ? { knownKey: named } : {}),
    });
    if (admission.kind === "turned_away") count();
    return admission;
  };
}
