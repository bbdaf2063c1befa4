import type { BenchAnswer, BenchOrder } from "./messages.ts";

const last: ReadonlySet<BenchAnswer["kind"]> = new Set(["done", "rejected", "signed-out", "failed"]);

/** Carries out one order at a time in a worker of its own; a new order ends the one before. */
export class PolicyBench {
  #worker: Worker | undefined;
  #isBusy = false;
  #hear: (answer: BenchAnswer) => void = () => undefined;

  /** @param hear - told each answer, the last one included; nothing of an order that was ended */
  run(order: BenchOrder, hear: (answer: BenchAnswer) => void): void {
    if (this.#isBusy) this.stop();
    this.#hear = hear;
    this.#isBusy = true;
    this.#worker ??= this.#start();
    this.#worker.postMessage(order);
  }

  /** Ends whatever runs. */
  stop(): void {
    this.#hear = () => undefined;
    this.#isBusy = false;
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): Worker {
    const started = new Worker(new URL("./bench-worker.ts", import.meta.url), { type: "module" });
    started.addEventListener("message", ({ data }: MessageEvent<BenchAnswer>) => {
      if (last.has(data.kind)) this.#isBusy = false;
      this.#hear(data);
    });
    started.addEventListener("error", () => {
      const hear = this.#hear;
      this.stop();
      hear({ kind: "failed", message: "the policy engine could not be started" });
    });
    return started;
  }
}
