import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type JsonObject, NarrowgateError, parseStrictJson, randomId } from "@narrowgate/kernel";
import type { AdminClient } from "../admin/admin-client.ts";
import { openAdmin } from "../admin/admin-client.ts";
import { asObject, readAll, textAt } from "../admin/read-answer.ts";
import { INTENT_OPTIONS, readIntent } from "../agent/read-intent.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { checkAgentId } from "../places/agent-key-file.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { formatTime } from "../terminal/format-time.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function seconds(call: Call, option: string, absent: number): number {
  const text = call.text(option);
  if (text === undefined) return absent;
  const [, count = "", unit = ""] = /^(\d{1,7})([smh])$/.exec(text) ?? [];
  if (count === "") throw new NarrowgateError("usage", `--${option} is a time such as 90s, 30m or 8h`);
  return Number(count) * (UNITS[unit] ?? 1);
}

/** Authority out of a file, or all the agent may ever do. */
async function authorityOf(call: Call, admin: AdminClient, id: string): Promise<JsonObject> {
  const file = call.text("authority");
  if (file !== undefined) return asObject(parseStrictJson(await readFile(resolve(call.directory, file))));
  const agents = await readAll(admin, "/registry/agents", "agents");
  const agent = agents.find((item) => item.id === id);
  if (agent === undefined) throw new NarrowgateError("not_found", "no such agent is registered");
  return asObject(agent.ceiling);
}

async function run(call: Call): Promise<Outcome> {
  const agent = checkAgentId(call.text("agent") ?? "");
  const admin = await openAdmin(call);
  const authority = await authorityOf(call, admin, agent);
  const subject = call.text("subject") ?? `agent:${agent}`;
  const purpose = call.text("purpose") ?? "";
  const expires = Math.floor(Date.now() / 1000) + seconds(call, "for", 3600);
  const idleSeconds = seconds(call, "idle", 900);
  const intent = readIntent(call);
  const declared = intent === undefined ? {} : { intent };
  const task = { agent, subject, purpose, ...declared, authority, expires, idleSeconds };
  const document = { v: 1, salt: randomId(), ...task };
  const opened = await admin.send("POST", "/mandates", { document });
  return {
    json: opened,
    lines: [
      `mandate ${textAt(opened, "id")} for ${agent}, until ${formatTime(expires * 1000)}`,
      `transaction ${textAt(opened, "txn")}`,
    ],
  };
}

/** `narrowgate mandate open` */
export const mandateOpen: CommandSpec = {
  path: ["mandate", "open"],
  summary: "hand a task to an agent, on an operator's word",
  details: ["Its basis is recorded as the operator's word, which is not enough for an agent of tier T3."],
  options: [
    { name: "agent", value: "ID", required: true, help: "agent that receives it" },
    { name: "purpose", value: "TEXT", required: true, help: "what it is for" },
    { name: "subject", value: "ISSUER#SUB", help: "person it is for (default: the agent itself)" },
    {
      name: "authority",
      value: "FILE",
      help: "JSON file of an authority, in the form of `ceiling` in `agent show ID --json` (default: that ceiling)",
    },
    ...INTENT_OPTIONS,
    { name: "for", value: "TIME", help: "life, such as 30m or 8h (default 1h)" },
    { name: "idle", value: "TIME", help: "lapses when unused for this long (default 15m)" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    [
      'narrowgate mandate open --agent desk-triage --purpose "triage ticket T-1001" --for 30m',
      "prints its id",
    ],
    [
      'narrowgate mandate open --agent desk-triage --purpose "triage" --case T-1001 --tool files/read_text_file',
      "a task that reaches no other tool",
    ],
  ],
  run,
};
