import { type Control, type Limits, numberLimit } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen, type Seen } from "../../fold/seen.ts";
import type { Observation } from "../../fold/tally.ts";
import { agentOf } from "../called.ts";
import { GATE_WROTE } from "../vantage.ts";

/** DEL-06: a task ends, and nothing is let through under it afterwards. */
export const del06: Control = leafControl({
  id: "DEL-06",
  reads: ["mandate", "decision"],
  of: "tasks, and permits under them",
  limits: { last_use_after_end_s: 5, longest_task_s: 30 * 86_400 },
  vantage: [
    GATE_WROTE,
    "A mandate without a purpose cannot be read, let alone opened; it stands in the sealed document.",
  ],
  look(seen, limits) {
    if (isSeen(seen, "mandate")) return ofMandate(seen, limits);
    return isSeen(seen, "decision") ? ofPermit(seen, limits) : undefined;
  },
});

function ofMandate(seen: Seen<"mandate">, limits: Limits): Observation | undefined {
  const { at, body } = seen.leaf;
  if (body.action !== "opened") return undefined;
  const isLong = body.expires - at > numberLimit(limits, "longest_task_s") * 1000;
  return isLong ? { ...agentOf(seen), breaks: "a task may last longer than allowed" } : agentOf(seen);
}

function ofPermit(seen: Seen<"decision">, limits: Limits): Observation | undefined {
  const { at, body } = seen.leaf;
  if (body.verdict !== "permit" || body.mandate === undefined || body.action === "mandate") return undefined;
  const mandate = seen.known.mandates[body.mandate];
  if (mandate === undefined) return { ...agentOf(seen), breaks: "a permit names a task that is not open" };
  const end = Math.min(mandate.endedAt ?? Number.POSITIVE_INFINITY, mandate.expires);
  const isLate = at > end + numberLimit(limits, "last_use_after_end_s") * 1000;
  return isLate
    ? { ...agentOf(seen), breaks: "something was let through after its task had ended" }
    : agentOf(seen);
}
