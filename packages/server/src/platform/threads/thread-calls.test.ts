import { MessageChannel } from "node:worker_threads";
import { NarrowgateError } from "@narrowgate/kernel";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectThreads, type ThreadCalls } from "./thread-calls.ts";

type Theirs = {
  readonly double: (n: number) => Promise<number>;
  readonly back: (n: number) => Promise<number>;
  readonly refuse: (nothing: null) => never;
  readonly fail: (nothing: null) => never;
  readonly wait: (nothing: null) => Promise<never>;
  readonly length: (bytes: Uint8Array) => number;
};

/** Two ends in one thread: what is sent is cloned all the same. */
function connected() {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const far: ThreadCalls<{ readonly add: (n: number) => number }> = connectThreads(port2, {
    double: async (n: number) => n * 2,
    back: (n: number) => far.ask("add", n),
    refuse: () => {
      throw new NarrowgateError("not_found", "there is none", { detail: "inside" });
    },
    fail: () => {
      throw new RangeError("broken");
    },
    wait: () => new Promise(() => undefined),
    length: (bytes: Uint8Array) => bytes.length,
  });
  return connectThreads<Theirs>(port1, { add: (n: number) => n + 1 });
}

describe("calls between threads", () => {
  test("are answered, each with its own answer, and either side can ask", async () => {
    const calls = connected();
    const answers = await Promise.all([1, 2, 3].map((n) => calls.ask("double", n)));
    expect(answers).toEqual([2, 4, 6]);
    expect(await calls.ask("back", 41)).toBe(42);
  });

  test("fail with the code of what was thrown, and with an internal error where it has none", async () => {
    const calls = connected();
    await expect(calls.ask("refuse", null)).rejects.toMatchObject({
      code: "not_found",
      publicMessage: "there is none",
      detail: "inside",
    });
    await expect(calls.ask("fail", null)).rejects.toMatchObject({ code: "internal_error" });
  });

  test("end with the other side: what waits and what is asked afterwards learn why", async () => {
    const calls = connected();
    const waiting = calls.ask("wait", null);
    calls.end("it is gone");
    const gone = { code: "internal_error", detail: "it is gone" };
    await expect(waiting).rejects.toMatchObject(gone);
    await expect(calls.ask("double", 1)).rejects.toMatchObject(gone);
  });

  test("hand buffers over where that is said", async () => {
    const calls = connected();
    const bytes = new Uint8Array(8);
    expect(await calls.ask("length", bytes, [bytes.buffer])).toBe(8);
    expect(bytes.length).toBe(0);
  });
});
