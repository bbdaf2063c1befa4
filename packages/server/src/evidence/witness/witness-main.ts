/**
 * Program: a witness of its own, apart from the server it watches.
 * `--state DIR --name NAME --log VERIFIER-KEY [--log ...] [--host ADDRESS] [--port N]`
 * The key is made on the first start. Prints one line of JSON with its verifier key and address, and ends on SIGTERM.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isNarrowgateError, NarrowgateError, systemClock } from "@narrowgate/kernel";
import { formatVerifierKey, parseVerifierKey } from "@narrowgate/tlog";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { Witness } from "./witness.ts";
import { createWitnessKey, loadWitnessKey } from "./witness-key.ts";
import { createWitnessServer } from "./witness-server.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      state: { type: "string" },
      name: { type: "string" },
      log: { type: "string", multiple: true },
      host: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "0" },
    },
  });
  const { state, name, log = [], host, port } = values;
  if (state === undefined || name === undefined || log.length === 0) {
    throw new NarrowgateError("usage", "a witness needs --state, --name and at least one --log");
  }
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const keyPath = join(state, "witness.pem");
  const own = existsSync(keyPath)
    ? await loadWitnessKey(keyPath, name)
    : await createWitnessKey(keyPath, name);
  const logs = log.map((text) => parseVerifierKey(nodeSha256, text));
  const statePath = join(state, "witness.json");
  const witness = await Witness.open({ ...own, logs, statePath, clock: systemClock });
  const server = createWitnessServer(witness);
  server.listen(Number(port), host, () => {
    const address = server.address();
    const line = { key: formatVerifierKey(own.key), ...(typeof address === "object" ? address : {}) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  });
  process.once("SIGTERM", () => server.close());
}

main().catch((error: unknown) => {
  process.stderr.write(`narrowgate witness: ${isNarrowgateError(error) ? error.publicMessage : "failed"}\n`);
  process.exitCode = 2;
});
