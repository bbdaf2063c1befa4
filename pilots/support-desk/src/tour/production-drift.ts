import { readFile, writeFile } from "node:fs/promises";
import type { AgentSession } from "@narrowgate/agent";
import { outcomeOf, refusedWith } from "./attacks.ts";
import { must } from "./people-and-agents.ts";
import { command, type ProductionScene } from "./production-scene.ts";
import type { Shown } from "./tell.ts";

const ENROLMENT = "bindings: [{ method: enrolment }]";
const REBOUND =
  'bindings: [{ method: enrolment }, { method: spiffe, trust_domain: desk.example, id: "spiffe://desk.example/elsewhere" }]';

async function apply({ env, registry }: ProductionScene): Promise<void> {
  const words = ["apply", "--file", registry, "--yes", "--learn-pins", "--accept-changed"];
  must(await env.cli(words), "applying the registry file of production");
}

/** One tool's description changes: that tool leaves the release, even when an operator approves the new text. */
async function changedTool(scene: ProductionScene, session: AgentSession): Promise<readonly Shown[]> {
  const { env, workshop, lookUp } = scene;
  await workshop.poisonMemory();
  const changed = await refusedWith("one tool's description changes: refused", ["tool_changed"], () =>
    lookUp(session, "open_nodes"),
  );
  await apply(scene);
  const approved = await refusedWith(
    "an operator approves the new text: the tool has left the release all the same, until four people sign it",
    ["tool_not_released"],
    () => lookUp(session, "open_nodes"),
    command(env, "release list"),
  );
  const other = await outcomeOf(() => lookUp(session, "search_nodes"));
  await workshop.healMemory();
  await apply(scene);
  const back = await outcomeOf(() => lookUp(session, "open_nodes"));
  return [
    changed,
    approved,
    {
      claim: "that tool alone: the other one works on, and with its old text the tool is back",
      held: other === "went through" && back === "went through",
      seen: `search_nodes ${other}; open_nodes ${back}`,
    },
  ];
}

/** The workload is bound in another way than was signed: no token. */
async function reboundWorkload(scene: ProductionScene): Promise<readonly Shown[]> {
  const { env, registry, work, lookUp } = scene;
  const good = await readFile(registry, "utf8");
  await writeFile(registry, good.replace(ENROLMENT, REBOUND));
  const { session } = await work();
  await apply(scene);
  const stopped = await refusedWith(
    "a rebound workload gets no token: what it is bound to is part of what was signed",
    ["release_drifted"],
    () => lookUp(session, "open_nodes"),
    command(env, "release list"),
  );
  await writeFile(registry, good);
  await apply(scene);
  const back = await outcomeOf(() => lookUp(session, "open_nodes"));
  return [
    stopped,
    { claim: "bound again as it was signed, it works on", held: back === "went through", seen: back },
  ];
}

/** What differs from what was signed stops, and nothing else does. */
export async function driftClaims(scene: ProductionScene, session: AgentSession): Promise<readonly Shown[]> {
  return [...(await changedTool(scene, session)), ...(await reboundWorkload(scene))];
}
