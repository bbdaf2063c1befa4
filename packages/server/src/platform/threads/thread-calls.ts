import { EventEmitter } from "node:events";
import type { MessagePort, Transferable, Worker } from "node:worker_threads";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";

/** What one side can be asked, by name: one input, one answer. Both go through structured clone. */
export type Methods = { readonly [name: string]: (input: never) => unknown };

/** One end between two threads: a worker, or the port of its parent. */
export type ThreadEnd = Pick<Worker, "on" | "postMessage"> | Pick<MessagePort, "on" | "postMessage">;

/** Asks the other side. */
export interface ThreadCalls<Theirs extends Methods> {
  /**
   * @param transfer - buffers that are handed over, and are gone on this side
   * @throws what the other side threw, by its code; `internal_error` when it threw anything else, or is gone
   */
  ask<M extends keyof Theirs & string>(
    method: M,
    input: Parameters<Theirs[M]>[0],
    transfer?: readonly Transferable[],
  ): Promise<Awaited<ReturnType<Theirs[M]>>>;
  /** Answers all that still wait, and all that ask from now on, that the other side is gone. */
  end(why: string): void;
}

interface Fault {
  readonly code: string;
  readonly publicMessage: string;
  readonly detail: string;
}

type Question = { readonly ask: number; readonly method: string; readonly input: never };
type Answer<T> = { readonly answer: number } & ({ readonly value: T } | { readonly fault: Fault });

function faultOf(error: unknown): Fault {
  if (isNarrowgateError(error)) {
    const { code, publicMessage, detail = "" } = error;
    return { code, publicMessage, detail };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "internal_error", publicMessage: "internal error", detail };
}

async function answer(end: ThreadEnd, ours: Methods, { ask, method, input }: Question): Promise<void> {
  try {
    const found = ours[method];
    if (found === undefined)
      throw new NarrowgateError("internal_error", "internal error", { detail: method });
    end.postMessage({ answer: ask, value: await found(input) });
  } catch (error) {
    end.postMessage({ answer: ask, fault: faultOf(error) });
  }
}

/**
 * Connects two threads: either can ask the other, and answers come when they are there, in any order.
 * TRUST: both ends are this program's; `Theirs` is the type of what the other side answers.
 */
export function connectThreads<Theirs extends Methods>(end: ThreadEnd, ours: Methods): ThreadCalls<Theirs> {
  const waiting = new EventEmitter();
  let asked = 0;
  let gone: string | undefined;
  const faultNow = (): Fault => ({
    code: "internal_error",
    publicMessage: "internal error",
    detail: gone ?? "",
  });
  end.on("message", (message: Question | Answer<unknown>) => {
    if ("ask" in message) void answer(end, ours, message);
    else waiting.emit(String(message.answer), message);
  });
  return {
    ask(method, input, transfer = []) {
      const id = asked++;
      const answered = new Promise<Awaited<ReturnType<Theirs[typeof method]>>>((resolve, reject) => {
        waiting.once(String(id), (message: Answer<Awaited<ReturnType<Theirs[typeof method]>>>) => {
          if ("value" in message) return resolve(message.value);
          const { code, publicMessage, detail } = message.fault;
          reject(new NarrowgateError(code, publicMessage, { detail }));
        });
      });
      if (gone === undefined) end.postMessage({ ask: id, method, input }, transfer);
      else waiting.emit(String(id), { answer: id, fault: faultNow() });
      return answered;
    },
    end(why) {
      gone ??= why;
      for (const id of waiting.eventNames()) waiting.emit(id, { answer: Number(id), fault: faultNow() });
    },
  };
}
