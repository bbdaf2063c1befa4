/** Program of the thread that folds the log, evaluates, and runs the offline verifier, so that no call waits for any of it. */
import { parentPort, workerData } from "node:worker_threads";
import { catalogue, type Entry, EVALUATOR_DIGEST } from "@narrowgate/assurance";
import { parseLeaf, SEALED_PARTS } from "@narrowgate/contracts";
import { fromUtf8 } from "@narrowgate/kernel";
import type { PolicyEngine } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import {
  type Evaluator,
  fileKeeper,
  type LogReader,
  type OpenedLeaf,
  openEvaluator,
} from "../assurance/evaluate/index.ts";
import { connectThreads, type ThreadCalls } from "../platform/threads/thread-calls.ts";
import type { EvaluatorMethods, EvaluatorStart, PlaneMethods } from "./evaluator-methods.ts";
import { verifyTransaction } from "./verify-transaction.ts";

type Plane = ThreadCalls<PlaneMethods>;

/**
 * Reads leaves that this writer wrote. Their form is not compared byte by byte: that a leaf is what was hashed is shown by
 * proofs under the head (EVD-02) and by the verifier, which does.
 */
function readOwnLeaves(page: Uint8Array, from: number): readonly Entry[] {
  const values: readonly unknown[] = JSON.parse(fromUtf8(page));
  return values.map((value, i) => ({ index: from + i, leaf: parseLeaf(value) }));
}

/** Reads what was sealed by us, and is still what we sealed: its form was checked when it was written. */
function readOpened(texts: Awaited<ReturnType<PlaneMethods["open"]>>[number]): OpenedLeaf {
  return Object.fromEntries(
    SEALED_PARTS.flatMap((part) => {
      const text = texts[part];
      return text === undefined ? [] : [[part, JSON.parse(text)]];
    }),
  );
}

async function logReader(plane: Plane, origin: string): Promise<LogReader> {
  let size = await plane.ask("size", null);
  return {
    origin,
    size: () => size,
    async page(from, count) {
      const entries = readOwnLeaves(await plane.ask("page", { from, count }), from);
      size = Math.max(size, from + entries.length);
      return entries;
    },
    open: async (leaves) => (await plane.ask("open", leaves)).map(readOpened),
    rootAt: (at) => plane.ask("rootAt", at),
  };
}

async function open(plane: Plane, { origin, build, path }: EvaluatorStart): Promise<Evaluator> {
  const keys = {
    make: () => plane.ask("makeKey", null),
    unwrap: (wrapped: Uint8Array) => plane.ask("unwrapKey", wrapped),
  };
  const keeper = fileKeeper(path, keys, (cause) => void plane.ask("report", String(cause)));
  const identity = { evaluator: EVALUATOR_DIGEST, catalogue, build };
  return openEvaluator(await logReader(plane, origin), identity, keeper);
}

function serve(): void {
  if (parentPort === null) return;
  const start: EvaluatorStart = workerData;
  let engine: PolicyEngine | undefined;
  const ours: EvaluatorMethods = {
    catchUp: async (size) => (await evaluator).catchUp(size),
    writersOf: async (of) => (await evaluator).writersOf(of),
    holds: async () => (await evaluator).holds(),
    transactionsOf: async ({ ref, window }) => (await evaluator).transactionsOf(ref, window),
    workOf: async ({ ref, window }) => (await evaluator).workOf(ref, window),
    selfTest: async () => (await evaluator).selfTest(),
    evaluate: async (world) => (await evaluator).evaluate(world),
    close: async () => (await evaluator).close(),
    verify(bundle) {
      engine ??= createNodeEngine();
      return verifyTransaction(engine, bundle);
    },
  };
  const plane = connectThreads<PlaneMethods>(parentPort, ours);
  const evaluator = open(plane, start);
  // Whoever asks learns why it could not be opened.
  evaluator.catch(() => undefined);
}

serve();
