import type { JsonObject } from "@narrowgate/kernel";
import { refusedWith } from "./attacks.ts";
import { codeOf } from "./production-registry.ts";
import { AGENT, command, type ProductionScene } from "./production-scene.ts";
import { propose } from "./release-signers.ts";
import type { Shown } from "./tell.ts";

/** A member that is a list of texts. */
export function textsOf(from: JsonObject, member: string): readonly string[] {
  const list = from[member];
  return Array.isArray(list) ? list.map(String) : [];
}

/** What the gate of a release answers to `promote`. */
export async function promotionRefused(
  { env }: Pick<ProductionScene, "env">,
  id: string,
  claim: string,
  { code, check }: { readonly code: string; readonly check: string },
): Promise<Shown> {
  const { json } = await env.cli(["release", "promote", id]);
  const { message } = Object(json["error"] ?? {});
  return { claim, held: codeOf(json) === code, seen: `refused: ${codeOf(json)}, ${message}`, check };
}

/** Nobody signed: no token. Four sign: the gate still refuses, for what the controls do not show. */
export async function unsignedChapter(scene: ProductionScene): Promise<readonly Shown[]> {
  const { env, signers, work, lookUp } = scene;
  const { session } = await work();
  const refused = await refusedWith(
    "an instance of production gives an agent that nobody signed no token",
    ["release_required"],
    () => lookUp(session, "search_nodes"),
    command(env, "release list"),
  );
  const proposed = await propose(env, AGENT, ["--declare", "prompt=first"]);
  const id = String(proposed["id"]);
  const show = command(env, `release show ${id}`);
  const { exit, json: report } = await env.cli(["readiness", AGENT]);
  const blocking = textsOf(report, "blocking");
  const readiness: Shown = {
    claim: "readiness says why: nothing was tested, and under the profile `foundation` that keeps it back",
    held: exit === 1 && blocking.length > 0,
    seen: `${String(report["headline"])} ${blocking.join(", ")}`,
    check: command(env, `readiness ${AGENT} --operator-key ${env.dataDirectory}/dana.json`),
  };
  const nobody = await promotionRefused(scene, id, "an operator alone brings nothing into force", {
    code: "release_not_signed",
    check: show,
  });
  await signers.sign(String(proposed["url"]));
  const four = await promotionRefused(
    scene,
    id,
    "four people sign with passkeys (virtual authenticators), and the gate refuses still: signatures outweigh no control",
    { code: "release_not_ready", check: show },
  );
  return [refused, readiness, nobody, four];
}
