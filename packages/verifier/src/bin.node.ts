#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseTrustFileBytes, type TrustFile } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { nodeCrypto } from "./crypto.node.ts";
import { cleanText } from "./story/clean-text.ts";
import { formatReport } from "./story/format-report.ts";
import { verifyBundle } from "./verify-bundle.ts";

const usage = "usage: narrowgate-verify FILE [--trust FILE] [--open] [--json]\n";
const exitUsage = 2;
const exitOpen = 3;

function readTrust(path: string | undefined): TrustFile | undefined {
  return path === undefined
    ? undefined
    : parseTrustFileBytes(readFileSync(path), `--trust ${cleanText(path)}`);
}

async function run(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { trust: { type: "string" }, open: { type: "boolean" }, json: { type: "boolean" } },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    process.stderr.write(usage);
    return exitUsage;
  }
  const trust = readTrust(values.trust);
  const report = await verifyBundle(readFileSync(file), {
    crypto: nodeCrypto(),
    engine: createNodeEngine(),
    ...(trust === undefined ? {} : { trust }),
  });
  const colour = process.stdout.isTTY === true;
  process.stdout.write(
    values.json === true ? `${JSON.stringify(report)}\n` : formatReport(report, { colour, file }),
  );
  if (report.verdict === "open") return values.open === true ? 0 : exitOpen;
  return report.verdict === "failed" ? 1 : 0;
}

try {
  process.exitCode = await run();
} catch (error) {
  const text = isNarrowgateError(error) || error instanceof Error ? error.message : "failed";
  process.stderr.write(`${text}\n${usage}`);
  process.exitCode = exitUsage;
}
