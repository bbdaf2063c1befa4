import { isErrorCode } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import { asObject, textAt } from "../admin/read-answer.ts";
import type { Call } from "../command.ts";
import { cleanText } from "../terminal/clean-text.ts";
import type { GateAnswer } from "./gate-answer.ts";
import { jobIdentity } from "./job-identity.ts";
import { sendBounded } from "./send-bounded.ts";

function addressOf(instance: string): string {
  if (!URL.canParse(instance) || !/^https?:/.test(instance))
    throw new NarrowgateError("usage", "--instance is the address of an instance, as its `base_url` says");
  return `${instance.replace(/\/$/, "")}/ci/gate`;
}

function refusalOf(answer: JsonObject): NarrowgateError {
  const error = asObject(answer["error"] ?? {});
  const code =
    typeof error["code"] === "string" && isErrorCode(error["code"]) ? error["code"] : "fetch_failed";
  const said = typeof error["message"] === "string" ? cleanText(error["message"], 256) : "it did not say why";
  return new NarrowgateError(code, `the instance refused: ${said}`);
}

function answerOf(answer: JsonObject, agent: string, instance: string): GateAnswer {
  const blocks = Array.isArray(answer["blocks"])
    ? answer["blocks"].map((one) => cleanText(String(one), 512))
    : [];
  const isOurs = answer["format"] === "narrowgate-gate/1" && textAt(answer, "agent") === agent;
  if (!isOurs)
    throw new NarrowgateError("fetch_failed", "the instance answered something else than was asked");
  const release = answer["release"];
  return {
    agent,
    // Both have to say so: what is ready has nothing in its way.
    ready: answer["ready"] === true && blocks.length === 0,
    blocks: answer["ready"] === true || blocks.length > 0 ? blocks : ["the instance did not say why"],
    ...(typeof release === "string" ? { release: cleanText(release, 64) } : {}),
    facts: answer,
    source: cleanText(instance, 256),
  };
}

/**
 * Asks an instance whether the release of an agent is in force as it was signed, with the identity of the job that runs us.
 * @throws what the instance refused with; `usage`, `fetch_failed`
 */
export async function gateOfInstance(call: Call, instance: string, agent: string): Promise<GateAnswer> {
  const address = addressOf(instance);
  const identity = await jobIdentity(call, address);
  const { status, text } = await sendBounded(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ agent, identity }),
  });
  const answer = asObject(parseStrictJson(text, { maxDepth: 32 }));
  if (status !== 200) throw refusalOf(answer);
  return answerOf(answer, agent, instance);
}
