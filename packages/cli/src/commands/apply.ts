import { resolve } from "node:path";
import { errorRow } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type AdminClient, openAdmin } from "../admin/admin-client.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { type Approvals, approveDefinitions } from "../registry-file/approve-definitions.ts";
import { type Proposal, propose } from "../registry-file/propose.ts";
import { type RegistryFile, readRegistryFile } from "../registry-file/read-registry-file.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { withProgress } from "../terminal/progress.ts";
import { confirm, type Terminal } from "../terminal/terminal.ts";

const TONES = { "+": "good", "~": "warn", "-": "bad", "!": "warn" } as const;

function showPlan({ lines, policiesWait }: Proposal, terminal: Terminal): void {
  for (const line of lines) {
    const tone = Object.entries(TONES).find(([sign]) => line.startsWith(`${sign} `))?.[1];
    terminal.note(tone === undefined ? cleanText(line) : terminal.paint(tone, cleanText(line)));
  }
  if (policiesWait === undefined) return;
  terminal.note("The policies do not hold yet; they are tried again once definitions are approved:");
  for (const reason of policiesWait) terminal.note(`    ${reason}`);
}

async function agreed(call: Call, question: string): Promise<void> {
  if (call.flag("yes")) return;
  if (!call.terminal.interactive || call.terminal.json)
    throw new NarrowgateError("usage", "nothing was changed: confirm with --yes");
  if (!(await confirm(call.terminal, question))) throw new NarrowgateError("usage", "nothing was changed");
}

async function carryOut(call: Call, proposal: Proposal): Promise<readonly JsonObject[]> {
  showPlan(proposal, call.terminal);
  if (proposal.isEmpty) return [];
  await agreed(call, "Apply this?");
  await withProgress(call.terminal, "applying", proposal.apply());
  return [proposal.plan];
}

async function approve(call: Call, admin: AdminClient, file: RegistryFile): Promise<Approvals> {
  const servers = file.document.servers.map(({ id }) => id);
  const choice = { learnNew: call.flag("learn-pins"), acceptChanged: call.flag("accept-changed") };
  return approveDefinitions(admin, servers, choice, call.terminal);
}

function outcomeOf(applied: readonly JsonObject[], { approved, left, failed }: Approvals): Outcome {
  const count = applied.flatMap(({ steps }) => (Array.isArray(steps) ? steps : [])).length;
  const [first] = failed;
  return {
    json: {
      applied,
      approved,
      left,
      failed: failed.map(({ server, error }) => ({ server, code: error.code, message: error.publicMessage })),
    },
    lines: [
      `${count} change(s) applied, ${approved.length} definition(s) approved`,
      ...(left.length === 0
        ? []
        : [`${left.length} definition(s) wait for approval and are refused: --learn-pins, --accept-changed`]),
    ],
    ...(first === undefined ? {} : { exit: errorRow(first.error.code).exit }),
  };
}

async function run(call: Call): Promise<Outcome> {
  const file = await readRegistryFile(resolve(call.directory, call.text("file") ?? ""));
  const admin = await openAdmin(call);
  const prune = call.flag("prune");
  const first = await withProgress(call.terminal, "planning", propose(admin, file, { prune, mayWait: true }));
  const applied = [...(await carryOut(call, first))];
  const approvals = await approve(call, admin, file);
  if (first.policiesWait !== undefined) {
    const second = await propose(admin, file, { prune, mayWait: false });
    applied.push(...(await carryOut(call, second)));
  }
  return outcomeOf(applied, approvals);
}

/** `narrowgate apply` */
export const apply: CommandSpec = {
  path: ["apply"],
  summary: "bring the registry to what a file says: agents, servers, issuers, policies",
  details: [
    "Shows the plan, asks, applies it. Then it asks each server for its tools, shows what is new or has changed since it",
    "was approved, and asks again: a tool is passed only with the description and schema an operator approved.",
  ],
  options: [
    { name: "file", value: "FILE", required: true, help: "the registry file, narrowgate.yaml" },
    { name: "yes", help: "apply without asking" },
    { name: "learn-pins", help: "approve definitions nobody has approved before, without asking" },
    { name: "accept-changed", help: "approve definitions that have changed, without asking" },
    { name: "prune", help: "retire what is registered and not in the file" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    ["narrowgate apply -f narrowgate.yaml", "show the plan, ask, apply, and ask about tools"],
    ["narrowgate apply -f narrowgate.yaml --yes --learn-pins", "for a first set-up by a script"],
  ],
  run,
};
