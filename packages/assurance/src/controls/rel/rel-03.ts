import { MAX_WAIVER_MS, NON_WAIVABLE, type Waiver } from "@narrowgate/contracts";
import type { Control } from "../../fold/control.ts";
import { nothingFound, worldControl } from "../../fold/leaf-control.ts";
import { PLANE_SAID } from "../vantage.ts";

/**
 * REL-03: nothing that blocks is left, but for waivers that are narrow, compensated and short. The evaluation adds the
 * controls of the profile to what is counted here.
 */
export const rel03: Control = worldControl({
  id: "REL-03",
  of: "controls of the profile and waivers",
  vantage: [PLANE_SAID, "Whoever evaluates again from the same log and the same facts finds the same."],
  judge({ world: { agent, waivers, at } }) {
    const open = waivers.filter((waiver) => waiver.agent === agent.id && at < waiver.until);
    const wrong = open.flatMap(faultsOf);
    const oldest = Math.max(0, ...open.map(({ from }) => at - from));
    return {
      ...nothingFound(),
      population: open.length,
      decided: open.length,
      violations: wrong.map((says) => ({ says })),
      violationsInAll: wrong.length,
      parameters: { waivers: open.length, oldest_waiver_s: Math.floor(oldest / 1000) },
    };
  },
});

function faultsOf({ control, compensating, from, until }: Waiver): string[] {
  return [
    ...(NON_WAIVABLE.has(control) ? [`${control} cannot be waived`] : []),
    ...(until - from > MAX_WAIVER_MS ? [`the waiver of ${control} is too long`] : []),
    ...(compensating === control ? [`the waiver of ${control} is compensated by itself`] : []),
  ];
}
