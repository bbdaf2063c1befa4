import { splitLines } from "../split-lines.ts";

/** Takes a stream of server-sent events apart. */
export interface EventReader {
  /** @returns false when an event is larger than allowed; the reader is of no use afterwards */
  push(chunk: Uint8Array): boolean;
}

const decoder = new TextDecoder();

/**
 * Reads the `data` of server-sent events; names, ids and comments are of no interest to the gate.
 * Trust: the bytes are a stranger's.
 * @param maxBytes - of one event
 */
export function readEvents(maxBytes: number, onData: (data: string) => void): EventReader {
  let data: string[] = [];
  let held = 0;
  const lines = splitLines(maxBytes, (line) => {
    const text = decoder.decode(line).replace(/\r$/, "");
    if (text === "") {
      if (data.length > 0) onData(data.join("\n"));
      data = [];
      held = 0;
    } else if (text.startsWith("data:")) {
      held += text.length;
      data.push(text.slice(text.startsWith("data: ") ? 6 : 5));
    }
  });
  return { push: (chunk) => lines.push(chunk) && held <= maxBytes };
}
