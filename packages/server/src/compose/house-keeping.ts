import type { Approvals } from "../approvals/index.ts";
import type { Evaluations } from "../assurance/evaluate/index.ts";
import type { Mandates } from "../mandates/mandates.ts";
import type { Retention } from "../retention/index.ts";
import type { BoundedRefusals } from "./bound-refusals.ts";
import type { Report } from "./report.ts";
import type { TokenKeyRotation } from "./token-key-rotation.ts";

const SWEEP_MS = 5_000;
const FOLLOW_MS = 10_000;
const ROTATION_MS = 60_000;
const RETENTION_MS = 600_000;
const OVER_ITS_TIME = "evidence that is over its time could not be erased";

/** What happens without anybody asking for it. A failure is reported, and it is tried again the next time. */
export function startHouseKeeping(
  rooms: {
    readonly mandates: Pick<Mandates, "sweep">;
    readonly approvals: Pick<Approvals, "sweep"> | undefined;
    readonly evaluations: Pick<Evaluations, "follow">;
    readonly retention: Pick<Retention, "sweep">;
    readonly rotation: Pick<TokenKeyRotation, "tick">;
    readonly refusals: Pick<BoundedRefusals, "flush">;
  },
  report: Report,
): { stop(): void } {
  const every = (ms: number, detail: string, work: () => Promise<unknown>): NodeJS.Timeout =>
    setInterval(() => {
      work().catch((cause: unknown) => report({ kind: "house-keeping", detail, cause }));
    }, ms);
  const timers = [
    every(SWEEP_MS, "expired mandates could not be ended", () => rooms.mandates.sweep()),
    every(SWEEP_MS, "requests for approval could not be ended", async () => rooms.approvals?.sweep()),
    every(SWEEP_MS, "counted refusals could not be recorded", () => rooms.refusals.flush("over")),
    every(FOLLOW_MS, "controls could not be folded over the log", () => rooms.evaluations.follow()),
    every(RETENTION_MS, OVER_ITS_TIME, () => rooms.retention.sweep()),
    every(ROTATION_MS, "token keys could not be rotated", () => rooms.rotation.tick()),
  ];
  // At once too: who is restarted often would never erase.
  rooms.retention
    .sweep()
    .catch((cause: unknown) => report({ kind: "house-keeping", detail: OVER_ITS_TIME, cause }));
  return { stop: () => timers.forEach((timer) => void clearInterval(timer)) };
}
