import { join } from "node:path";
import { isNarrowgateError } from "@narrowgate/kernel";
import { createAdminClient } from "../admin/admin-client.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { enrolFirstOperator, ownOperatorKey } from "../instance/enrol-operator.ts";
import { type PreparedInstance, prepareInstance } from "../instance/prepare-instance.ts";
import { checkNotRunning } from "../instance/running-instance.ts";
import { formatServerLine } from "../instance/server-line.ts";
import { type ServerProcess, startServer } from "../instance/server-process.ts";
import { runTour } from "../instance/tour.ts";
import { DATA_OPTION, findInstance, type InstancePlace } from "../places/instance.ts";
import { withProgress } from "../terminal/progress.ts";

const MAX_TRIES = 3;

async function typedCode({ terminal }: Call, shown: string, isTour: boolean): Promise<string> {
  if (terminal.interactive && !isTour) {
    terminal.note(`server: the one-time code for the first operator is ${terminal.paint("strong", shown)}`);
    return terminal.ask("Type that code to enrol yourself: ");
  }
  terminal.note("The server's one-time code was read from the server this command started; nobody typed it.");
  return shown;
}

/** A person may mistype; the server itself allows five tries. */
async function enrolWithPatience({ terminal }: Call, enrol: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await enrol();
    } catch (error) {
      const again = isNarrowgateError(error) && error.code === "join_code_invalid";
      if (!again || !terminal.interactive || tries === MAX_TRIES) throw error;
      terminal.note("That is not the code.");
    }
  }
}

async function enrolIfFirst(call: Call, server: ServerProcess, place: InstancePlace): Promise<void> {
  const shown = server.operatorCode();
  if (shown === undefined) return;
  const identity = await ownOperatorKey(place.operatorKey, undefined, call.env);
  const admin = createAdminClient(place, async () => identity);
  await enrolWithPatience(call, async () => {
    const code = await typedCode(call, shown, call.flag("tour"));
    await enrolFirstOperator(admin, identity, code);
  });
  call.terminal.note(`Enrolled ${identity.name} as the first operator; the key is in ${place.operatorKey}`);
}

function untilAsked(server: ServerProcess): Promise<"signal" | "ended"> {
  const { promise, resolve } = Promise.withResolvers<"signal" | "ended">();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => resolve("signal"));
  void server.ended.then(() => resolve("ended"));
  return promise;
}

function isTour(call: Call): boolean {
  return call.flag("tour") || call.flag("once");
}

async function serve(
  call: Call,
  prepared: PreparedInstance,
  server: ServerProcess,
): Promise<{ readonly place: InstancePlace; readonly tour: number }> {
  const { terminal } = call;
  if (prepared.isNew) {
    await server.created;
    await prepared.settle();
  }
  const { baseUrl, adminSocket } = await withProgress(terminal, "starting the server", server.ready);
  const place = { ...(await findInstance(call)), baseUrl, adminSocket };
  await enrolIfFirst(call, server, place);
  terminal.note(`Narrowgate is ready at ${terminal.paint("strong", baseUrl)} (data in ${prepared.folder})`);
  return { place, tour: isTour(call) ? await runTour(call, place) : 0 };
}

/** The tour is for reading; what the server has to say meanwhile is kept for its operator. */
function logOf(call: Call, { folder }: PreparedInstance): string | ((line: string) => void) {
  if (isTour(call)) return join(folder, "server.log");
  const { terminal } = call;
  return (line) => terminal.note(terminal.json ? line : formatServerLine(line));
}

async function run(call: Call): Promise<Outcome> {
  const prepared = await prepareInstance(call);
  if (prepared.isNew) call.terminal.note(`First start: making keys, store and log in ${prepared.folder}`);
  else await checkNotRunning(prepared);
  const server = startServer({
    config: prepared.configFile,
    flags: prepared.isNew ? ["--create"] : [],
    env: call.env,
    log: logOf(call, prepared),
  });
  // ORDER: listened for before anything that takes long, so that a signal at any time ends the server in order.
  const asked = untilAsked(server);
  try {
    const up = await Promise.race([serve(call, prepared, server), asked]);
    if (typeof up === "string") return { exit: up === "signal" ? 0 : await server.ended };
    const json = { base_url: up.place.baseUrl, admin_socket: up.place.adminSocket, tour_exit: up.tour };
    if (call.flag("once")) return { json, exit: up.tour };
    if (call.terminal.json) call.terminal.out(JSON.stringify(json));
    call.terminal.note("Ctrl-C ends it.");
    return { exit: (await asked) === "ended" ? await server.ended : 0 };
  } finally {
    await withProgress(call.terminal, "ending the server", server.stop());
  }
}

/** `narrowgate up` */
export const up: CommandSpec = {
  path: ["up"],
  summary: "start Narrowgate here; the first time, make its keys, store and log",
  details: [
    "The first start enrols you as the first operator: a key is made on this machine, and a short code that the",
    "server shows on its terminal is typed by hand. With --tour, or when nobody sits at a terminal, the code is read",
    "from the server that this command itself started, and the command says so. What the server reports while it runs",
    "comes as plain lines; with --json as lines of JSON on standard error; with --tour it goes to server.log in the folder.",
  ],
  options: [
    DATA_OPTION,
    { name: "port", value: "N", help: "port on loopback, at the first start (default 7420)" },
    {
      name: "base-url",
      value: "URL",
      help: "external address, at the first start (default http://localhost:N)",
    },
    {
      name: "environment",
      value: "NAME",
      help: "dev, staging or prod, at the first start (default dev): what it lets through stays with the instance",
    },
    { name: "tour", help: "run the tour when ready" },
    { name: "once", help: "end after the tour, with its exit code" },
  ],
  examples: [
    ["narrowgate up", "start in .narrowgate, at http://localhost:7420"],
    ["narrowgate up --tour --once", "start, run the tour, end; 0 only when all of it verified"],
    [
      "narrowgate up --data /srv/gate --environment prod --base-url https://gate.example",
      "first start in production, behind a TLS proxy",
    ],
  ],
  run,
};
