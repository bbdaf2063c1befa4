import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type AdminClient, openAdmin } from "../admin/admin-client.ts";
import { asObject, textAt } from "../admin/read-answer.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { lockDrills } from "../drills/drill-lock.ts";
import { endChildren, listDrills, PROGRAMS, runDriver } from "../drills/driver-process.ts";
import { resultLine } from "../drills/result-line.ts";
import { RunReports } from "../drills/run-reports.ts";
import { type WantedDrill, wantedDrills } from "../drills/wanted-drills.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { DECLARE_OPTION, readDeclared } from "./read-declared.ts";

const DEFAULT_PEAK = 5;
/** A soak of four hours. */
const DEFAULT_MINUTES = 240;
const MAX_SEED = 2 ** 31;

function numberOption(call: Call, name: string, otherwise: number): number {
  const text = call.text(name);
  if (text === undefined) return otherwise;
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new NarrowgateError("usage", `--${name} is a whole number above zero`);
}

/** Takes in what the driver says: results go on record as they come. */
class Record {
  readonly results: JsonObject[] = [];
  readonly #call: Call;
  readonly #admin: AdminClient;

  constructor(call: Call, admin: AdminClient) {
    this.#call = call;
    this.#admin = admin;
  }

  async take(event: JsonObject): Promise<void> {
    const { terminal } = this.#call;
    if (terminal.json) terminal.out(JSON.stringify(event));
    if (textAt(event, "event") === "began") {
      const name = cleanText(textAt(event, "name"), 64);
      if (!terminal.json) terminal.progress(`${textAt(event, "drill")}: ${name} (${textAt(event, "load")})`);
    }
    if (textAt(event, "event") === "failed") terminal.note(cleanText(textAt(event, "message"), 400));
    if (textAt(event, "event") !== "result") return;
    const result = asObject(event.result);
    await this.#admin.send("POST", "/drills", result);
    this.results.push(result);
    terminal.endProgress();
    if (!terminal.json) terminal.out(resultLine(result, terminal));
  }

  /** 1 when a drill failed, 3 when one that should have run shows nothing. */
  exit(absent: readonly string[]): number {
    const verdicts = this.results.filter((one) => !absent.includes(textAt(one, "drill")));
    const is = (verdict: string): boolean => verdicts.some((one) => textAt(one, "verdict") === verdict);
    return is("fail") ? 1 : is("not_established") ? 3 : 0;
  }
}

/** Lets the instance see the drills while they run, and end them. */
async function watched(
  { terminal }: Call,
  admin: AdminClient,
  work: (reports: RunReports, wanted: AbortSignal) => Promise<void>,
): Promise<void> {
  const wanted = new AbortController();
  const reports = new RunReports(admin, {
    stop(by) {
      if (!wanted.signal.aborted) terminal.note(`stopped on the pages by ${cleanText(by, 64)}`);
      wanted.abort();
    },
    lost: (error) => terminal.note(`the pages do not show these drills: ${error.publicMessage}`),
  });
  await work(reports, wanted.signal).finally(() => reports.end());
}

/** The agent whose release is to be drilled, with all that its release is made of; nothing where none is named. */
async function pilotOf(call: Call, admin: AdminClient): Promise<JsonObject> {
  const agent = call.text("agent");
  const declared = readDeclared(call.list("declare"));
  if (agent === undefined && Object.keys(declared).length > 0)
    throw new NarrowgateError("usage", "--declare is part of a release: name its agent with --agent");
  if (agent === undefined) return {};
  const path = `/drills/pilots/${encodeURIComponent(agent)}`;
  const stated = Object.keys(declared).length === 0 ? {} : { declared };
  return { pilot: await admin.send("POST", path, stated) };
}

/** Runs the driver under the lock of the instance; whatever happens, its folder and its processes are gone afterwards. */
async function drive(call: Call, drills: readonly WantedDrill[]): Promise<Record> {
  const admin = await openAdmin(call);
  const record = new Record(call, admin);
  const build = textAt(await admin.read("/drills"), "build");
  const peak = numberOption(call, "peak", DEFAULT_PEAK);
  const minutes = numberOption(call, "minutes", DEFAULT_MINUTES);
  const pilot = await pilotOf(call, admin);
  const seed = numberOption(call, "seed", Math.floor(Math.random() * MAX_SEED) + 1);
  const folder = await mkdtemp(join(tmpdir(), "narrowgate-drill-"));
  try {
    const unlock = await lockDrills(admin.place.adminSocket, folder);
    const job = { drills: drills.map((one) => ({ ...one })), peak, minutes, seed, build, folder, ...pilot };
    const { server, verifier } = PROGRAMS;
    const whole = { ...job, server: [...server], verifier: [...verifier] };
    await watched(call, admin, (reports, wanted) =>
      runDriver(
        whole,
        (event) => {
          reports.take(event);
          return record.take(event);
        },
        wanted,
      ),
    ).finally(unlock);
  } finally {
    endChildren(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  return record;
}

async function run(call: Call): Promise<Outcome> {
  const listed = await listDrills();
  const wanted = wantedDrills(call, listed);
  const record = await drive(call, wanted);
  const absent = listed.filter(({ runs }) => runs !== true).map((drill) => textAt(drill, "id"));
  return { exit: record.exit(wanted.length === 1 ? [] : absent) };
}

/** `narrowgate drill run` */
export const drillRun: CommandSpec = {
  path: ["drill", "run"],
  summary: "attack a sandbox of this build, through its front doors, and put on record what happened",
  details: [
    "A drill never touches this instance: it starts another one of the same build, in a folder, on ports and with keys of",
    "its own, and a driver that shares no code with the gate. The servers behind the sandbox are the driver's own and",
    "record what reaches them. The pages show it while it runs. Ctrl-C stops it, and so does the page: a drill that was",
    "stopped shows nothing. Each result is signed by your key and recorded here. Exit code 1: a drill failed; 3: one that",
    "should have run shows nothing.",
  ],
  arguments: [
    { name: "NAME", help: "id of one drill, such as DR-02; all of the profile without it", optional: true },
  ],
  options: [
    {
      name: "profile",
      value: "NAME",
      help: "ci (default): all, at L1; foundation: what that gate profile demands; scale: what full demands, for hours",
    },
    {
      name: "agent",
      value: "NAME",
      help: "carry this agent, its release and its load into the sandbox: results name its release",
    },
    DECLARE_OPTION,
    {
      name: "load",
      value: "LEVEL",
      help: "governed calls beside it: L0 none, L1 the peak, L2 three times, L3 the peak with faults",
    },
    { name: "peak", value: "N", help: `governed calls a second at L1 (default ${DEFAULT_PEAK})` },
    {
      name: "seed",
      value: "N",
      help: "what the attacker's choices are drawn from (default: drawn anew, and recorded)",
    },
    { name: "minutes", value: "N", help: `how long a soak takes (default ${DEFAULT_MINUTES})` },
    ...INSTANCE_OPTIONS,
  ],
  examples: [
    ["narrowgate drill run --profile ci", "all drills, within ten minutes"],
    [
      "narrowgate drill run --profile foundation --agent desk-refund --declare model=none",
      "what a release of it needs; declare what will be proposed",
    ],
    ["narrowgate drill run DR-02 --load L0", "one, without load"],
  ],
  run,
};
