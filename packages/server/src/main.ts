import { parseArgs } from "node:util";
import { isNarrowgateError, systemClock } from "@narrowgate/kernel";
import { checkAddressFree } from "./compose/address-free.ts";
import { checkPosture, unsafeSettings } from "./compose/check-posture.ts";
import { createInstance } from "./compose/create-instance.ts";
import type { Instance } from "./compose/instance.ts";
import { openInstance } from "./compose/open-instance.ts";
import { recoverInstance } from "./compose/recover-instance.ts";
import type { Report } from "./compose/report.ts";
import { serveInstance } from "./compose/serve-instance.ts";
import { type Config, loadConfig } from "./config/config.ts";

/** One line of JSON on standard output per event: what the process that started us reads. */
function tell(event: Readonly<Record<string, string | number | boolean>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Operator log on standard error: one line, never a token, a secret or an argument. */
const report: Report = ({ kind, detail, cause }) => {
  const why = isNarrowgateError(cause)
    ? ` (${cause.code}${cause.detail === undefined ? "" : `: ${cause.detail}`})`
    : cause instanceof Error
      ? ` (${cause.stack ?? cause.message})`
      : "";
  process.stderr.write(
    `${JSON.stringify({ at: new Date(systemClock.nowMs()).toISOString(), kind, detail: `${detail}${why}` })}\n`,
  );
};

function fail(error: unknown, detail: string): void {
  const code = isNarrowgateError(error) ? error.code : "internal_error";
  const message = isNarrowgateError(error) ? error.publicMessage : detail;
  tell({ event: "failed", code, message });
  report({ kind: "failed", detail: "the server ends", cause: error });
  process.exitCode = 1;
}

/** Why the server had to end; nothing when it was asked to. */
type Ended = { readonly cause: unknown } | undefined;

/** Opens the instance and serves until a signal, or until the evidence cannot be written any more. */
async function run(config: Config): Promise<Ended> {
  const end = Promise.withResolvers<Ended>();
  const instance = await openInstance(config, (event) => {
    report(event);
    if (event.kind === "fatal") end.resolve({ cause: event.cause });
  });
  try {
    return await serveUntil(end, instance);
  } finally {
    await instance.close();
  }
}

async function serveUntil(end: PromiseWithResolvers<Ended>, instance: Instance): Promise<Ended> {
  const { config, report } = instance;
  const served = await serveInstance(instance, report);
  const surroundings = {
    servers: instance.registry.servers(),
    witnesses: instance.witnesses.port.list().length,
  };
  for (const { setting, effect } of unsafeSettings(config, surroundings, process.env))
    report({ kind: "unsafe", detail: `${setting}: ${effect}` });
  const offer = instance.operators.offerFirst();
  if (offer !== undefined) tell({ event: "operator-code", code: offer.shown });
  tell({ event: "ready", baseUrl: config.baseUrl, adminSocket: served.adminSocket });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => end.resolve(undefined));
  const ended = await end.promise;
  // ORDER: requests under way are answered while the rooms are still open.
  await served.close();
  return ended;
}

async function main(): Promise<void> {
  // Whoever read our log may be gone; the gate goes on without.
  process.stderr.on("error", () => undefined);
  const { values } = parseArgs({
    options: {
      config: { type: "string" },
      create: { type: "boolean", default: false },
      recover: { type: "boolean", default: false },
    },
  });
  const config = await loadConfig(values.config ?? "narrowgate.config.json");
  checkPosture(config);
  await checkAddressFree(config);
  if (values.create) {
    await createInstance(config);
    tell({ event: "created" });
  }
  if (values.recover) await recoverInstance(config, report);
  const ended = await run(config);
  if (ended !== undefined) fail(ended.cause, "the evidence cannot be written any more");
}

main().catch((error: unknown) => fail(error, "the server could not start"));
