import { resolve } from "node:path";
import { errorRow } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Call, CommandSpec } from "../command.ts";
import { TRUST_OPTION } from "../evidence/check-bundle.ts";
import { annotations } from "../gate/annotations.ts";
import type { GateAnswer } from "../gate/gate-answer.ts";
import { gateOfFile } from "../gate/gate-of-file.ts";
import { gateOfInstance } from "../gate/gate-of-instance.ts";

async function ask(call: Call): Promise<GateAnswer> {
  const [file, instance, agent] = [call.text("release"), call.text("instance"), call.text("agent")];
  if ((file === undefined) === (instance === undefined))
    throw new NarrowgateError("usage", "name either --release FILE or --instance URL");
  if (file !== undefined) return gateOfFile(call, resolve(call.directory, file));
  if (instance === undefined || agent === undefined)
    throw new NarrowgateError("usage", "--agent NAME is missing: about whom is the instance asked?");
  return gateOfInstance(call, instance, agent);
}

function linesOf({ agent, ready, blocks, release, source }: GateAnswer): readonly string[] {
  const what = release === undefined ? agent : `${agent}, release ${release}`;
  return [`${ready ? "ready" : "not ready"}: ${what} (${source})`, ...blocks.map((block) => `  ${block}`)];
}

/** `narrowgate gate` */
export const gate: CommandSpec = {
  path: ["gate"],
  summary: "say whether a release is ready, for a pipeline: exit code 0 when it is",
  details: [
    "With --release a pack (`release export`, `release pack`) is verified offline with the trust file: it is ready when",
    "no control keeps it back and, of a release that was proposed, the four signed it and it is in force. With --instance",
    "that instance is asked whether the agent's release is in force as it was signed; who asks is shown by the identity",
    "token of the job, made for this one question, and no secret is stored (see docs/ci.md). When it is not ready the exit",
    "code is that of `release_not_ready`; when a pack does not verify, that of `verification_failed`.",
  ],
  options: [
    { name: "release", value: "FILE", help: "a pack, from `release export` or `release pack`" },
    TRUST_OPTION,
    { name: "instance", value: "URL", help: "address of the instance to ask, as its `base_url` says" },
    { name: "agent", value: "NAME", help: "agent it has to be about; with --instance required" },
    { name: "digest", value: "DIGEST", help: "of a pack, the release digest it has to be about" },
    {
      name: "profile",
      value: "NAME",
      help: "of a pack, the gate profile it was held to: foundation or full",
    },
    { name: "max-age", value: "HOURS", help: "of a pack, how old its evaluation may be" },
    {
      name: "identity-file",
      value: "FILE",
      help: "file with the identity token of the job, where the platform gives one; on GitHub it is asked for",
    },
    { name: "github", help: "print annotations of a GitHub workflow instead of lines" },
  ],
  examples: [
    ["narrowgate gate --release tested.json --trust trust.json --profile foundation", "offline, from a pack"],
    ["narrowgate gate --instance https://gate.example --agent desk-refund", "in a job, by its own identity"],
  ],
  async run(call) {
    const answer = await ask(call);
    const { agent, ready, blocks, release, facts, source } = answer;
    return {
      json: {
        agent,
        ready,
        blocks: [...blocks],
        ...(release === undefined ? {} : { release }),
        source,
        facts,
      },
      lines: call.flag("github") ? annotations(answer) : linesOf(answer),
      ...(ready ? {} : { exit: errorRow("release_not_ready").exit }),
    };
  },
};
