import type { AgentRecord } from "@narrowgate/contracts";
import type { Releases } from "../assurance/releases/index.ts";
import type { Metrics } from "../telemetry/index.ts";

/** Shows of each agent with a release in force whether it still is what was signed, and how many tools it lost. */
export function showDrift(
  metrics: Pick<Metrics, "clear" | "set">,
  agents: readonly AgentRecord[],
  releases: Pick<Releases, "active" | "inForce">,
): void {
  metrics.clear("narrowgate_release_drifted");
  metrics.clear("narrowgate_release_tools_left");
  for (const agent of agents) {
    const active = releases.active(agent);
    if (active === undefined) continue;
    const now = releases.inForce(agent);
    // Only a break-glass has an end, and it counts only where the release in force does not.
    const isDrifted = now.kind === "refused" || now.untilMs !== undefined;
    const left = isDrifted ? [] : active.manifest.tools.filter((tool) => !now.has(tool));
    metrics.set("narrowgate_release_drifted", isDrifted ? 1 : 0, { agent: agent.id });
    metrics.set("narrowgate_release_tools_left", left.length, { agent: agent.id });
  }
}
