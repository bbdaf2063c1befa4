import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openedMember, parseLeafBytes } from "@narrowgate/contracts";
import { type CompiledPolicies, compilePolicies, type PolicyEngine } from "@narrowgate/policy";
import { decisionRequestOf, recordedDecision } from "@narrowgate/verifier";
import { openStore } from "../../packages/server/src/compose/open-store.ts";
import { parseConfig } from "../../packages/server/src/config/config.ts";
import { openedEntry } from "../../packages/server/src/evidence/export/transaction-entries.ts";
import { OpeningReader } from "../../packages/server/src/evidence/openings.ts";
import { openFileCustody } from "../../packages/server/src/platform/keys/file-custody.ts";
import { freePort } from "../../test/scenarios/harness/free-port.ts";

const CLI = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const TOUR_MS = 170_000;

/** Decisions that asked policy, and how many of them the memo of that process could answer. */
export interface TourTraffic {
  readonly decisions: number;
  readonly repeats: number;
  /** Calls among them. */
  readonly calls: number;
  readonly repeatedCalls: number;
}

/** Runs the tour as `npm start -- --once` does, in a directory of its own. */
async function runTour(directory: string): Promise<string> {
  const data = join(directory, "instance");
  const port = String(await freePort());
  const args = ["--conditions=@narrowgate/source", CLI, "up", "--once", "--data", data, "--port", port];
  const env = {
    ...process.env,
    HOME: directory,
    XDG_CONFIG_HOME: join(directory, "config"),
    NO_COLOR: "1",
  };
  await promisify(execFile)(process.execPath, args, { env, timeout: TOUR_MS, maxBuffer: 16 * 1024 * 1024 });
  return data;
}

function compiled(engine: PolicyEngine, bundle: unknown): CompiledPolicies {
  const outcome = compilePolicies(engine, Object(bundle));
  if (outcome.kind === "rejected") throw new TypeError(JSON.stringify(outcome.problems.slice(0, 3)));
  return outcome.policies;
}

/** Reads the log of an instance in order: each decision beside the policies it was made under. */
async function countRepeats(engine: PolicyEngine, data: string): Promise<TourTraffic> {
  const config = parseConfig(JSON.parse(await readFile(join(data, "config.json"), "utf8")), data);
  const { keyEncryption } = await openFileCustody(join(data, "keys"));
  const store = await openStore(config);
  const reader = new OpeningReader(store, keyEncryption);
  const seen = new Set<string>();
  const counts = { decisions: 0, repeats: 0, calls: 0, repeatedCalls: 0 };
  let policies: CompiledPolicies | undefined;
  try {
    const { size } = await store.tree();
    for (let index = 0; index < size; index++) {
      const [row] = await store.entries(index, 1);
      const type = row === undefined ? undefined : parseLeafBytes(row.leaf).type;
      if (type !== "policy" && type !== "decision") continue;
      const { leaf, openings } = await openedEntry(store, reader, index);
      if (leaf.type === "policy") {
        policies = compiled(engine, openedMember(openings.content, "bundle"));
        // Other policies come with a memo of their own.
        seen.clear();
      }
      const recorded = leaf.type === "decision" ? recordedDecision({ leaf, openings }) : undefined;
      if (leaf.type !== "decision" || recorded === undefined || policies === undefined) continue;
      const request = decisionRequestOf(recorded.inputs);
      const key = `${policies.sliceFor(request).digest} ${policies.project(request)}`;
      const isRepeat = seen.has(key);
      const isCall = leaf.body.action === "call";
      counts.decisions += 1;
      counts.calls += isCall ? 1 : 0;
      counts.repeats += isRepeat ? 1 : 0;
      counts.repeatedCalls += isRepeat && isCall ? 1 : 0;
      seen.add(key);
    }
    return counts;
  } finally {
    await store.close();
  }
}

/** Runs a tour and says how many of its decisions are repetitions, as far as its policies can tell. */
export async function repeatsOfTour(engine: PolicyEngine): Promise<TourTraffic> {
  const directory = await mkdtemp(join(tmpdir(), "narrowgate-bench-tour-"));
  try {
    return await countRepeats(engine, await runTour(directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
