import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";
import type { Store } from "../store.ts";
import { storeUnavailable } from "../store-errors.ts";
import type { PackedBatch } from "./pack-batch.ts";

/** What the thread is started with. */
export interface ThreadStart {
  readonly path: string;
  readonly create: boolean;
}

/** What the thread is asked, in the words of the port; it answers in the order of the requests. */
export type StoreQuestion =
  | { readonly ask: "commit"; readonly packed: PackedBatch }
  | { readonly ask: "tree" | "close" }
  | { readonly ask: "entries"; readonly args: Parameters<Store["entries"]> }
  | { readonly ask: "sealed"; readonly args: Parameters<Store["sealed"]> }
  | { readonly ask: "head"; readonly args: Parameters<Store["head"]> }
  | { readonly ask: "tile"; readonly args: Parameters<Store["tile"]> }
  | { readonly ask: "get"; readonly args: Parameters<Store["get"]> }
  | { readonly ask: "scan"; readonly args: Parameters<Store["scan"]> };

/** A question with the number its answer carries. */
export type StoreRequest = StoreQuestion & { readonly id: number };

/** Number of the first answer: the store is open, or why it is not. */
export const OPENED = 0;

/** An error on its way between threads, where its class does not get through. */
export interface SentError {
  readonly code: string;
  readonly publicMessage: string;
  readonly detail: string | undefined;
  readonly cause: string | undefined;
}

/** What the thread says to a request. */
export type StoreAnswer<T> = { readonly id: number } & (
  | { readonly value: T }
  | { readonly error: SentError }
);

/** An error as it is sent. The cause goes as text. */
export function sentError(error: unknown): SentError {
  const known = isNarrowgateError(error) ? error : storeUnavailable("the thread of the store failed", error);
  const { code, publicMessage, detail, cause } = known;
  return { code, publicMessage, detail, cause: cause === undefined ? undefined : String(cause) };
}

/** The error that was sent. */
export function receivedError({ code, publicMessage, detail, cause }: SentError): NarrowgateError {
  return new NarrowgateError(code, publicMessage, {
    ...(detail === undefined ? {} : { detail }),
    ...(cause === undefined ? {} : { cause }),
  });
}
