import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type JsonObject, parseStrictJson } from "@narrowgate/kernel";
import { openAdmin } from "../admin/admin-client.ts";
import { asObject, textAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { enrolFirstOperator, enrolmentRequest, ownOperatorKey } from "../instance/enrol-operator.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { askCode, CODE_OPTIONS } from "./ask-code.ts";

function enrolled(answer: JsonObject, more: readonly string[]): Outcome {
  const name = cleanText(textAt(answer, "name"), 128);
  return { json: answer, lines: [`${name} is enrolled as operator ${textAt(answer, "ref")}`, ...more] };
}

/** A colleague's request, made on their machine and signed by their new key, is countersigned by us. */
async function admit(call: Call, file: string): Promise<Outcome> {
  const admin = await openAdmin(call);
  const request = asObject(parseStrictJson(await readFile(resolve(call.directory, file))));
  return enrolled(await admin.send("POST", "/operators", request), []);
}

async function run(call: Call): Promise<Outcome> {
  const admitted = call.text("admit");
  if (admitted !== undefined) return admit(call, admitted);
  const admin = await openAdmin(call);
  const { baseUrl, operatorKey } = admin.place;
  const identity = await ownOperatorKey(operatorKey, call.text("name"), call.env);
  if (call.flag("request")) {
    const request = await enrolmentRequest(identity, baseUrl);
    return { json: request, lines: [JSON.stringify(request)] };
  }
  const code = await askCode(call, "Code from the server's terminal: ");
  const answer = await enrolFirstOperator(admin, identity, code);
  return enrolled(answer, [`the key is in ${operatorKey}`]);
}

/** `narrowgate operator enrol` */
export const operatorEnrol: CommandSpec = {
  path: ["operator", "enrol"],
  summary: "enrol an operator: the first with the server's code, a further one with an operator's signature",
  details: [
    "A request made with --request is good for one minute: it is signed by the new key over this very enrolment.",
  ],
  options: [
    ...INSTANCE_OPTIONS,
    { name: "name", value: "TEXT", help: "name of the operator (default: the user's)" },
    ...CODE_OPTIONS,
    { name: "request", help: "print a request for a colleague to admit, instead of a code" },
    { name: "admit", value: "FILE", help: "admit the request in this file, signed with our own key" },
  ],
  examples: [
    ["narrowgate operator enrol", "the first operator; asks for the code on the server's terminal"],
    [
      "narrowgate operator enrol --name lee --operator-key lee.json --request > lee.request",
      "made by the new operator",
    ],
    ["narrowgate operator enrol --admit lee.request", "admitted by an operator, within a minute"],
  ],
  run,
};
