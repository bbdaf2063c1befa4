import type { Around } from "../fold/control.ts";

/** The predicate of {@link reachesNoIrreversible} in words. */
export const isReadOnly =
  "the manifest of the release reaches no operation that is registered as irreversible";

/** Whether nothing the agent can reach is irreversible, by the manifest of what is judged. */
export function reachesNoIrreversible({ world, known }: Around): boolean {
  const isKnown = known.agents[world.agent.ref] !== undefined;
  return isKnown && world.manifest.tools.every(({ effect }) => effect !== "irreversible");
}
