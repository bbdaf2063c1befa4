import { EventEmitter } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Batch, EntryRow, HeadRow, SealedRow, Store } from "../store.ts";
import { storeUnavailable } from "../store-errors.ts";
import { packBatch } from "./pack-batch.ts";
import {
  OPENED,
  receivedError,
  type StoreAnswer,
  type StoreQuestion,
  sentError,
  type ThreadStart,
} from "./store-messages.ts";

/** Starts the thread. It keeps no process alive by itself. */
export function startStoreThread(start: ThreadStart): Worker {
  // Source and build have the program under different endings.
  const program = new URL(`./store-thread${extname(import.meta.url)}`, import.meta.url);
  const thread = new Worker(program, { workerData: start });
  thread.unref();
  return thread;
}

/**
 * The SQLite store in a thread of its own, so that the event loop goes on while a commit waits for the disk.
 * ORDER: the thread answers requests in the order they were made, so a read after a commit sees it.
 * A thread that ends by itself is a store whose state is unknown: everything is refused from then on.
 */
export class ThreadedSqliteStore implements Store {
  readonly #thread: Worker;
  /** Waiting callers, by number of their request. */
  readonly #answers: EventEmitter = new EventEmitter();
  #asked: number = OPENED;
  #waiting = 0;
  #stopped: string | null = null;

  /** @param thread - of {@link startStoreThread}, and used by nobody else */
  constructor(thread: Worker) {
    this.#thread = thread;
    thread.on("message", (answer: StoreAnswer<unknown>) => this.#answers.emit(String(answer.id), answer));
    thread.on("error", (cause) => this.#lost(cause));
    thread.on("exit", () => this.#lost(undefined));
  }

  /** Resolves when the store is open. @throws what opening throws; the thread is gone then */
  async opened(): Promise<this> {
    try {
      await this.#answer<void>(OPENED);
      return this;
    } catch (error) {
      await this.#end("the store did not open");
      throw error;
    }
  }

  async commit(batch: Batch): Promise<void> {
    const packed = packBatch(batch);
    await this.#ask<void>({ ask: "commit", packed }, [packed.bytes]);
  }

  tree(): Promise<{ readonly size: number; readonly frontier: Uint8Array }> {
    return this.#ask({ ask: "tree" });
  }

  entries(...args: Parameters<Store["entries"]>): Promise<readonly EntryRow[]> {
    return this.#ask({ ask: "entries", args });
  }

  sealed(...args: Parameters<Store["sealed"]>): Promise<readonly SealedRow[]> {
    return this.#ask({ ask: "sealed", args });
  }

  head(...args: Parameters<Store["head"]>): Promise<HeadRow | null> {
    return this.#ask({ ask: "head", args });
  }

  tile(...args: Parameters<Store["tile"]>): Promise<Uint8Array | null> {
    return this.#ask({ ask: "tile", args });
  }

  get(...args: Parameters<Store["get"]>): Promise<string | null> {
    return this.#ask({ ask: "get", args });
  }

  scan(...args: Parameters<Store["scan"]>): ReturnType<Store["scan"]> {
    return this.#ask({ ask: "scan", args });
  }

  async close(): Promise<void> {
    if (this.#stopped !== null) return;
    const closed = this.#ask<void>({ ask: "close" });
    this.#stopped = "the store is closed";
    await closed;
    await this.#end(this.#stopped);
  }

  async #ask<T>(question: StoreQuestion, transfer: readonly ArrayBuffer[] = []): Promise<T> {
    if (this.#stopped !== null) throw storeUnavailable(this.#stopped);
    const id = ++this.#asked;
    const answer = this.#answer<T>(id);
    this.#thread.postMessage({ ...question, id }, transfer);
    return answer;
  }

  /** Waits for an answer; meanwhile the thread keeps the process alive. */
  #answer<T>(id: number): Promise<T> {
    if (this.#waiting++ === 0) this.#thread.ref();
    return new Promise<T>((resolve, reject) => {
      this.#answers.once(String(id), (answer: StoreAnswer<T>) => {
        if (--this.#waiting === 0) this.#thread.unref();
        if ("error" in answer) reject(receivedError(answer.error));
        else resolve(answer.value);
      });
    });
  }

  async #end(why: string): Promise<void> {
    this.#stopped = why;
    await this.#thread.terminate();
  }

  #lost(cause: unknown): void {
    this.#stopped ??= "the thread of the store ended; whether its last commit is on disk is unknown";
    const error = sentError(storeUnavailable(this.#stopped, cause));
    for (const id of this.#answers.eventNames()) this.#answers.emit(id, { id, error });
  }
}

/** `createSqliteStore` in a thread of its own. @throws as that does */
export function createThreadedSqliteStore(path: string): Promise<Store> {
  return new ThreadedSqliteStore(startStoreThread({ path, create: true })).opened();
}

/** `openSqliteStore` in a thread of its own. @throws as that does */
export function openThreadedSqliteStore(path: string): Promise<Store> {
  return new ThreadedSqliteStore(startStoreThread({ path, create: false })).opened();
}
