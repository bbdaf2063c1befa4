import { resolve } from "node:path";
import { errorRow } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type AdminClient, openAdmin } from "../admin/admin-client.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { type Approvals, approveDefinitions } from "../registry-file/approve-definitions.ts";
import { type Proposal, propose } from "../registry-file/propose.ts";
import { REGISTRY_FILE, type RegistryFile, readRegistryFile } from "../registry-file/read-registry-file.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { withProgress } from "../terminal/progress.ts";
import { confirm, type Terminal, type Tone } from "../terminal/terminal.ts";

const TONES = { "+": "good", "~": "warn", "-": "bad", "!": "warn", "!!": "bad" } as const;
/** Of one object; a first policy file or a long list is longer than anybody reads before a yes. */
const MAX_LINES_BELOW = 60;
const MAX_NAMED = 10;

/** Lines of which those below one object are folded when they are many; heads and warnings all stay. */
function folded(lines: readonly string[]): readonly string[] {
  const shown: string[] = [];
  let below = 0;
  const endBelow = (): void => {
    if (below > MAX_LINES_BELOW) shown.push(`    ... ${below - MAX_LINES_BELOW} more line(s): --full`);
    below = 0;
  };
  for (const line of lines) {
    const isBelow = line.startsWith("    ");
    if (!isBelow) endBelow();
    else below += 1;
    if (!isBelow || below <= MAX_LINES_BELOW) shown.push(line);
  }
  endBelow();
  return shown;
}

function toneOf(line: string): Tone | undefined {
  return Object.entries(TONES).find(([sign]) => line.trimStart().startsWith(`${sign} `))?.[1];
}

/** Shows what a plan would do. */
export function showPlan({ lines, policiesWait }: Proposal, terminal: Terminal, full: boolean): void {
  for (const line of full ? lines : folded(lines)) {
    const [tone, text] = [toneOf(line), cleanText(line, full ? Number.POSITIVE_INFINITY : undefined)];
    terminal.note(tone === undefined ? text : terminal.paint(tone, text));
  }
  if (policiesWait === undefined) return;
  terminal.note("The policies do not hold yet; they are tried again once definitions are approved:");
  for (const reason of policiesWait) terminal.note(`    ${reason}`);
}

/**
 * Asks, unless `--yes` was given.
 * @param more - what somebody who cannot be asked has to know of `--yes`
 * @throws `usage` when nobody agrees
 */
export async function agreed(call: Call, question: string, more = ""): Promise<void> {
  if (call.flag("yes")) return;
  if (!call.terminal.interactive || call.terminal.json)
    throw new NarrowgateError("usage", `nothing was changed: confirm with --yes${more}`);
  if (!(await confirm(call.terminal, question))) throw new NarrowgateError("usage", "nothing was changed");
}

function shortList(ids: readonly string[]): string {
  const more = ids.length - MAX_NAMED;
  const named = ids.slice(0, MAX_NAMED).map((id) => cleanText(id, 128));
  return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}

/** Says how to see what was folded, before anybody agrees to it. */
export function hintOf({ lines }: Pick<Proposal, "lines">, call: Pick<Call, "flag">): string {
  return call.flag("full") || folded(lines).length === lines.length
    ? ""
    : " (--full shows every changed line)";
}

async function carryOut(call: Call, proposal: Proposal): Promise<readonly JsonObject[]> {
  showPlan(proposal, call.terminal, call.flag("full"));
  if (proposal.isEmpty) return [];
  const { ends } = proposal;
  if (ends.length > 0 && !call.flag("remove-policies"))
    throw new NarrowgateError(
      "conflict",
      `nothing was changed: ${ends.length} policies in force are not in these files (${shortList(ends)}); name their files too, or let them end with --remove-policies`,
    );
  const tools = call.flag("learn-pins")
    ? ""
    : "; that approves no tool, new ones are with --learn-pins as well";
  await agreed(call, `Apply this?${hintOf(proposal, call)}`, tools);
  await withProgress(call.terminal, "applying", proposal.apply());
  return [proposal.plan];
}

async function approve(call: Call, admin: AdminClient, file: RegistryFile): Promise<Approvals> {
  const { servers } = file.document;
  const full = call.flag("full");
  const choice = { full, learnNew: call.flag("learn-pins"), acceptChanged: call.flag("accept-changed") };
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
        : [
            `${left.length} definition(s) wait for approval, and calls of them are refused; approve new ones with --learn-pins, changed ones with --accept-changed`,
          ]),
    ],
    ...(first === undefined ? {} : { exit: errorRow(first.error.code).exit }),
  };
}

async function run(call: Call): Promise<Outcome> {
  const file = await readRegistryFile(resolve(call.directory, call.text("file") ?? REGISTRY_FILE));
  const admin = await openAdmin(call);
  const prune = call.flag("prune");
  const first = await withProgress(call.terminal, "planning", propose(admin, file, { prune, mayWait: true }));
  const applied = [...(await carryOut(call, first))];
  const approvals = await approve(call, admin, file);
  if (first.policiesWait !== undefined) {
    const again = propose(admin, file, { prune, mayWait: false });
    const second = await withProgress(call.terminal, "planning the policies", again);
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
    "The policies of a file are all there are: those in force that it does not name end, once you say --remove-policies.",
    "A server's command, env and folder (cwd, relative to the file) are shown in the proof bundles of calls to it.",
  ],
  options: [
    { name: "file", value: "FILE", help: "the registry file; narrowgate.yaml when absent" },
    { name: "yes", help: "apply without asking; approves no tool by itself" },
    { name: "learn-pins", help: "approve definitions nobody has approved before, without asking" },
    { name: "accept-changed", help: "approve definitions that have changed, without asking" },
    { name: "remove-policies", help: "let policies in force end that are not in the files of this one" },
    { name: "full", help: "show every changed line; without it long parts are folded (--json holds all)" },
    { name: "prune", help: "retire what is registered and not in the file" },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    ["narrowgate apply -f narrowgate.yaml", "show the plan, ask, apply, and ask about tools"],
    ["narrowgate apply -f narrowgate.yaml --yes --learn-pins", "for a first set-up by a script"],
  ],
  run,
};
