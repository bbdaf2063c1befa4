import type { JsonObject } from "@narrowgate/kernel";
import type { RpcMessage } from "../mcp/json-rpc.ts";
import type { SendOptions, UpstreamReply } from "./upstream.ts";

/** Calls that wait for their answer on one shared connection, by id. */
export interface PendingCalls {
  /** Adds a call; the promise always resolves. `onGivenUp` is told when it ended without an answer. */
  add(
    id: number,
    options: SendOptions,
    onGivenUp: (why: "timeout" | "cancelled") => void,
  ): Promise<UpstreamReply>;
  /** Settles the call that a message answers; false when there is none. */
  answer(message: Extract<RpcMessage, { kind: "result" | "error" }>): boolean;
  /** Settles the call an unusable line names, as malformed; false when there is none. */
  answerBroken(id: number): boolean;
  /** Hands progress to its call; false when there is none. */
  progress(params: JsonObject): boolean;
  /** Settles every call alike. */
  failAll(reply: UpstreamReply): void;
  size(): number;
}

interface Waiting {
  readonly settle: (reply: UpstreamReply) => void;
  readonly onProgress: ((params: JsonObject) => void) | undefined;
}

/** Makes an empty set of waiting calls. */
export function createPendingCalls(): PendingCalls {
  const waiting = new Map<number, Waiting>();

  const add: PendingCalls["add"] = (id, { timeoutMs, signal, onProgress }, onGivenUp) =>
    new Promise((resolve) => {
      const settle = (reply: UpstreamReply): void => {
        if (!waiting.delete(id)) return;
        clearTimeout(timer);
        signal?.removeEventListener("abort", cancel);
        resolve(reply);
      };
      const cancel = (): void => {
        settle({ kind: "cancelled" });
        onGivenUp("cancelled");
      };
      const timer = setTimeout(() => {
        settle({ kind: "failed", code: "upstream_timeout" });
        onGivenUp("timeout");
      }, timeoutMs);
      waiting.set(id, { settle, onProgress });
      signal?.addEventListener("abort", cancel);
    });

  return {
    add,
    answer(message) {
      const call = typeof message.id === "number" ? waiting.get(message.id) : undefined;
      if (call === undefined) return false;
      call.settle(
        message.kind === "result"
          ? { kind: "result", result: message.result }
          : { kind: "error", error: message.error },
      );
      return true;
    },
    answerBroken(id) {
      const call = waiting.get(id);
      call?.settle({ kind: "failed", code: "upstream_malformed" });
      return call !== undefined;
    },
    progress(params) {
      const token = params["progressToken"];
      const call = typeof token === "number" ? waiting.get(token) : undefined;
      call?.onProgress?.(params);
      return call !== undefined;
    },
    failAll(reply) {
      for (const call of [...waiting.values()]) call.settle(reply);
    },
    size: () => waiting.size,
  };
}
