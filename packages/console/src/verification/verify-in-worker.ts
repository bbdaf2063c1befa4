import type { Verification, VerificationAnswer, VerificationOrder } from "./messages.ts";

/** A verification, or why there is none. */
export type VerificationOutcome =
  | { readonly kind: "verified"; readonly verification: Verification }
  | { readonly kind: "refused"; readonly message: string };

const waiting = new Map<number, (outcome: VerificationOutcome) => void>();
let worker: Worker | undefined;
let lastId = 0;

function settle(id: number, outcome: VerificationOutcome): void {
  waiting.get(id)?.(outcome);
  waiting.delete(id);
}

function startWorker(): Worker {
  const started = new Worker(new URL("./verify-worker.ts", import.meta.url), { type: "module" });
  started.addEventListener("message", ({ data }: MessageEvent<VerificationAnswer>) => settle(data.id, data));
  started.addEventListener("error", () => {
    worker = undefined;
    for (const id of waiting.keys())
      settle(id, { kind: "refused", message: "the check could not be started" });
  });
  return started;
}

/**
 * Verifies a bundle in a worker of this page: no byte of it leaves the browser.
 * @param trust - bytes of a trust file, if there is one
 */
export function verifyInWorker(
  bundle: Uint8Array<ArrayBuffer>,
  trust: Uint8Array<ArrayBuffer> | undefined,
): Promise<VerificationOutcome> {
  worker ??= startWorker();
  lastId += 1;
  const order: VerificationOrder = { id: lastId, bundle, trust };
  const { promise, resolve } = Promise.withResolvers<VerificationOutcome>();
  waiting.set(order.id, resolve);
  worker.postMessage(order);
  return promise;
}
