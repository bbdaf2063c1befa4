import { parseArgs } from "node:util";
import { isNarrowgateError, systemClock } from "@narrowgate/kernel";
import { createInstance } from "./compose/create-instance.ts";
import { openInstance } from "./compose/open-instance.ts";
import { recoverInstance } from "./compose/recover-instance.ts";
import type { Report } from "./compose/report.ts";
import { serveInstance } from "./compose/serve-instance.ts";
import { loadConfig } from "./config/config.ts";

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

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: "string" },
      create: { type: "boolean", default: false },
      recover: { type: "boolean", default: false },
    },
  });
  const config = await loadConfig(values.config ?? "narrowgate.config.json");
  if (values.create) await createInstance(config);
  if (values.recover) await recoverInstance(config, report);
  const fatal = Promise.withResolvers<void>();
  const instance = await openInstance(config, (event) => {
    report(event);
    if (event.kind === "fatal") fatal.resolve();
  });
  const served = await serveInstance(instance, report);
  const offer = instance.operators.offerFirst();
  if (offer !== undefined) tell({ event: "operator-code", code: offer.shown });
  tell({ event: "ready", baseUrl: config.baseUrl, adminSocket: served.adminSocket });
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await Promise.race([ended, fatal.promise]);
  await served.close();
  await instance.close();
}

main().catch((error: unknown) => {
  const code = isNarrowgateError(error) ? error.code : "internal_error";
  tell({
    event: "failed",
    code,
    message: isNarrowgateError(error) ? error.publicMessage : "the server could not start",
  });
  report({ kind: "failed", detail: "the server ends", cause: error });
  process.exitCode = 1;
});
