import type { AgentSession } from "@narrowgate/agent";
import { type JsonObject, parseStrictJson } from "@narrowgate/kernel";
import { outcomeOf, refusedWith } from "./attacks.ts";
import type { ProductionAgent } from "./desk-work.ts";
import { must } from "./people-and-agents.ts";
import { driftClaims } from "./production-drift.ts";
import { AGENT, command, type ProductionScene, type Signed } from "./production-scene.ts";
import { propose } from "./release-signers.ts";
import type { Teller } from "./tell.ts";

/** The deployment that a production token names. */
async function deploymentIn(session: AgentSession, issuer: string): Promise<string> {
  const [, claims = ""] = (await session.token(`${issuer}/mcp/memory`)).split(".");
  const { ng } = Object(parseStrictJson(Buffer.from(claims, "base64url")));
  return String(Object(ng).release);
}

/** Brings what was tested of an agent, has all four sign, and promotes. @returns the release in force */
async function release(
  { env, signers, rehearsal }: ProductionScene,
  agent: ProductionAgent,
  prompt: string,
): Promise<JsonObject> {
  const tested = await rehearsal.exportTested(agent, prompt);
  const proposed = await propose(env, agent, ["--tested", tested]);
  await signers.sign(String(proposed["url"]));
  return must(await env.cli(["release", "promote", String(proposed["id"])]), "promoting the release");
}

async function firstRelease(scene: ProductionScene, teller: Teller): Promise<Signed> {
  const { env, work, lookUp, handOn } = scene;
  const done = await release(scene, AGENT, "first");
  const begun = await work();
  const { session } = begun;
  const looked = await outcomeOf(() => lookUp(session, "open_nodes"));
  const named = await deploymentIn(session, env.baseUrl);
  teller.show({
    claim:
      "the four sign what was tested, under the profile `foundation`, and production tokens name exactly the deployment they signed",
    held: looked === "went through" && named === done["deployment"],
    seen: `lookup ${looked}; deployment ${named}`,
    check: command(env, `release show ${String(done["id"])}`),
  });
  teller.show(
    await refusedWith(
      "that release is of one agent: what it hands on to the reader is refused, which nobody signed",
      ["release_required"],
      () => handOn(session),
    ),
  );
  await release(scene, "desk-reader", "first");
  const handed = await outcomeOf(() => handOn(session));
  teller.show({
    claim: "with a release of the reader's own the hand-off goes through, for the one tool it was given",
    held: handed === "went through",
    seen: `hand-off ${handed}`,
    check: command(env, "release list"),
  });
  return { ...begun, release: String(done["id"]) };
}

/** A second release, signed too, is taken back in one step. */
async function rolledBack(scene: ProductionScene, teller: Teller): Promise<void> {
  const { env, work, lookUp } = scene;
  const bad = await release(scene, AGENT, "second");
  const { session } = await work();
  const under = await deploymentIn(session, env.baseUrl);
  const before = await outcomeOf(() => lookUp(session, "open_nodes"));
  const started = performance.now();
  const words = ["release", "rollback", AGENT, "--reason", "the tour takes its second release back"];
  const done = must(await env.cli(words), "rolling back");
  const took = ((performance.now() - started) / 1000).toFixed(1);
  const good = String(Object(done["active"] ?? {}).deployment);
  teller.show(
    await refusedWith(
      "a second signed release is rolled back in one step: tokens that name it end with that commit",
      ["revoked"],
      () => lookUp(session, "open_nodes"),
      command(env, "release list"),
    ),
  );
  const now = await deploymentIn((await work()).session, env.baseUrl);
  teller.show({
    claim: "and the first one is in force again, with the signatures it had",
    held: before === "went through" && under === bad["deployment"] && now === good && now !== under,
    seen: `the command took ${took} s; deployment ${now}`,
  });
}

/** A release that four people signed is in force; what differs from it stops; a later one is rolled back. @returns the work done under it */
export async function signedChapter(scene: ProductionScene, teller: Teller): Promise<Signed> {
  const work = await firstRelease(scene, teller);
  for (const shown of await driftClaims(scene, work.session)) teller.show(shown);
  await rolledBack(scene, teller);
  return work;
}
