import { randomBytes } from "node:crypto";
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { TrustFile } from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError, toBase64url } from "@narrowgate/kernel";
import { treeRoot } from "@narrowgate/tlog";
import type { Evaluator, OfRelease } from "../assurance/evaluate/index.ts";
import { OpeningReader } from "../evidence/openings.ts";
import { durableHashes } from "../evidence/tree-edge.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { EntryRow } from "../platform/store/store.ts";
import { connectThreads, type ThreadCalls } from "../platform/threads/thread-calls.ts";
import type { EvaluatorMethods, EvaluatorStart, PlaneMethods } from "./evaluator-methods.ts";
import type { Foundation } from "./open-foundation.ts";
import type { VerifiedTransaction } from "./verify-transaction.ts";

const CLOSE_MS = 10_000;
const KEY_BYTES = 32;
/** What a leaf leaves behind is short-lived: room for a page of them, so that little is moved. */
const YOUNG_MB = 48;
const OPENING = Buffer.from("[");
const COMMA = Buffer.from(",");
const CLOSING = Buffer.from("]");
/** What keys of kept state are wrapped for, and nothing else is. */
const WRAPPED_FOR = "narrowgate/fold/v1";

type Thread = { readonly worker: Worker; readonly calls: ThreadCalls<EvaluatorMethods> };

/** What evaluates, in a thread of its own, and verifies bundles there. */
export interface ThreadedEvaluator extends Evaluator {
  /** Runs the offline verifier over the bundle of a transaction. @param bytes - handed over, and gone here */
  verify(txn: string, bytes: Uint8Array, trust: TrustFile): Promise<VerifiedTransaction>;
}

/** Leaves as one JSON array, so that a page goes to the thread as one piece. */
function oneArray(rows: readonly EntryRow[], from: number): Uint8Array {
  const gap = rows.findIndex(({ index }, i) => index !== from + i);
  if (gap !== -1)
    throw new NarrowgateError("verification_failed", "internal error", { detail: `no leaf ${from + gap}` });
  const parts = rows.flatMap(({ leaf }, i) => (i === 0 ? [leaf] : [COMMA, leaf]));
  return Buffer.concat([OPENING, ...parts, CLOSING]);
}

/** Answers what the thread asks. TRUST: the thread is this program; no key leaves but those of what it keeps itself. */
function planeMethods({ evidence, report }: Pick<Foundation, "evidence" | "report">): PlaneMethods {
  const { store, custody, edge } = evidence;
  return {
    size: () => evidence.durable.size,
    page: async ({ from, count }) => oneArray(await store.entries(from, count), from),
    open(leaves) {
      // One for each question, so that keys do not stay in memory.
      const reader = new OpeningReader(store, custody.keyEncryption);
      return Promise.all(leaves.map(({ index, id }) => reader.open(index, id)));
    },
    rootAt: async (size) => toBase64url(await treeRoot(nodeSha256, size, durableHashes(store, edge, size))),
    makeKey() {
      const key = randomBytes(KEY_BYTES);
      return { key, wrapped: custody.keyEncryption.wrap(key, WRAPPED_FOR) };
    },
    unwrapKey(wrapped) {
      try {
        return custody.keyEncryption.unwrap(wrapped, WRAPPED_FOR);
      } catch (error) {
        if (isNarrowgateError(error)) return undefined;
        throw error;
      }
    },
    report: (cause) =>
      report({ kind: "house-keeping", detail: "what controls found could not be kept", cause }),
  };
}

/**
 * What evaluates over this log. Its thread starts when it is first asked, and again after it broke: what was kept is what
 * it goes on with.
 */
export class EvaluatorInThread implements ThreadedEvaluator {
  readonly #base: Pick<Foundation, "evidence" | "report">;
  readonly #start: EvaluatorStart;
  #thread: Thread | undefined;
  #isClosed = false;

  /** @param build - digest of all code that runs */
  constructor(
    base: Pick<Foundation, "evidence" | "report"> & { readonly dataDirectory: string },
    build: string,
  ) {
    this.#base = base;
    const { origin } = base.evidence.identity;
    this.#start = { origin, build, path: join(base.dataDirectory, "controls.fold") };
  }

  #calls(): ThreadCalls<EvaluatorMethods> {
    if (this.#isClosed) throw new NarrowgateError("evidence_unavailable", "this instance is closing");
    this.#thread ??= this.#open();
    return this.#thread.calls;
  }

  #open(): Thread {
    // Source and build have the program under different endings.
    const program = new URL(`./evaluator-thread${extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(program, {
      workerData: this.#start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const calls = connectThreads<EvaluatorMethods>(worker, planeMethods(this.#base));
    const lost = (cause?: unknown): void => {
      if (this.#thread?.worker === worker) this.#thread = undefined;
      calls.end(cause === undefined ? "the evaluator ended" : String(cause));
    };
    worker.on("error", lost);
    worker.on("exit", () => lost());
    return { worker, calls };
  }

  catchUp(size: number): Promise<void> {
    return this.#calls().ask("catchUp", size);
  }

  writersOf(of: OfRelease): ReturnType<Evaluator["writersOf"]> {
    return this.#calls().ask("writersOf", of);
  }

  holds(): ReturnType<Evaluator["holds"]> {
    return this.#calls().ask("holds", null);
  }

  transactionsOf(
    ...[ref, window]: Parameters<Evaluator["transactionsOf"]>
  ): ReturnType<Evaluator["transactionsOf"]> {
    return this.#calls().ask("transactionsOf", { ref, window });
  }

  workOf(...[ref, window]: Parameters<Evaluator["workOf"]>): ReturnType<Evaluator["workOf"]> {
    return this.#calls().ask("workOf", { ref, window });
  }

  selfTest(): ReturnType<Evaluator["selfTest"]> {
    return this.#calls().ask("selfTest", null);
  }

  evaluate(...[world]: Parameters<Evaluator["evaluate"]>): ReturnType<Evaluator["evaluate"]> {
    return this.#calls().ask("evaluate", world);
  }

  verify(txn: string, bytes: Uint8Array, trust: TrustFile): Promise<VerifiedTransaction> {
    return this.#calls().ask("verify", { txn, bytes, trust });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const thread = this.#thread;
    if (thread === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_MS);
    // What could not be kept in time is folded again.
    await Promise.race([thread.calls.ask("close", null), promise]).catch(() => undefined);
    clearTimeout(timer);
    await thread.worker.terminate();
  }
}
