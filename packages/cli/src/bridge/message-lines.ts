import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { NarrowgateError } from "@narrowgate/kernel";

const MAX_LINE = 8 * 1024 * 1024;
/** What is kept for who does not take it yet; a client waits for its first answer before it sends more. */
const MAX_KEPT = 2 * MAX_LINE;

/** The messages of a stdio client, one a line. */
export interface MessageLines {
  /** Aborted when the client closed its end, or we were told to stop. */
  readonly closed: AbortSignal;
  /**
   * Takes each line from now on, those that were kept first, until the client closes its end.
   * @throws `request_too_large`
   */
  takeAll(take: (line: string) => void): Promise<void>;
  close(): void;
}

/** Reads at once, so that a client that goes is seen while others still prepare. Trust: lines are the client's. */
export function readMessages(input: Readable): MessageLines {
  const closed = new AbortController();
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  // Nobody may be waiting yet when it fails.
  ended.catch(() => undefined);
  const kept: string[] = [];
  let keptChars = 0;
  let take = (line: string): void => {
    kept.push(line);
    keptChars += line.length;
  };
  const end = (): void => {
    closed.abort();
    resolve();
  };
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("line", (line) => {
    if (line.length > MAX_LINE || keptChars > MAX_KEPT)
      reject(new NarrowgateError("request_too_large", "a message is too large"));
    else if (line.trim() !== "") take(line);
  });
  lines.once("close", end);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  return {
    closed: closed.signal,
    takeAll(each) {
      for (const line of kept.splice(0)) each(line);
      keptChars = 0;
      take = each;
      return ended;
    },
    close: () => lines.close(),
  };
}
