import { splitLines } from "../split-lines.ts";

/** One server-sent event, as far as the gate is concerned: names and comments are of no interest to it. */
export interface StreamEvent {
  /** Empty where the event only says from where a stream can be taken up again. */
  readonly data: string;
  readonly id?: string;
  /** How long to wait before the stream is taken up again, in milliseconds. */
  readonly retryMs?: number;
}

/** Takes a stream of server-sent events apart. */
export interface EventReader {
  /** @returns false when an event is larger than allowed; the reader is of no use afterwards */
  push(chunk: Uint8Array): boolean;
}

const decoder = new TextDecoder();
const field = /^(data|id|retry):\x20?(.*)$/s;
/** What can be sent back in a header; any other id is as good as none. */
const usableId = /^[\x21-\x7e]{1,512}$/;
const usableRetry = /^\d{1,9}$/;

/**
 * Reads server-sent events.
 * Trust: the bytes are a stranger's.
 * @param maxBytes - of one event
 * @see HTML Living Standard section 9.2.6
 */
export function readEvents(maxBytes: number, onEvent: (event: StreamEvent) => void): EventReader {
  let data: string[] = [];
  let cursor: Omit<StreamEvent, "data"> = {};
  let held = 0;
  const finish = (): void => {
    const event = { data: data.join("\n"), ...cursor };
    data = [];
    cursor = {};
    held = 0;
    // A comment, or nothing at all.
    if (event.data !== "" || event.id !== undefined || event.retryMs !== undefined) onEvent(event);
  };
  const lines = splitLines(maxBytes, (line) => {
    const text = decoder.decode(line).replace(/\r$/, "");
    if (text === "") return finish();
    const [, name, value = ""] = field.exec(text) ?? [];
    if (name === "data") {
      held += text.length;
      data.push(value);
    } else if (name === "id" && usableId.test(value)) cursor = { ...cursor, id: value };
    else if (name === "retry" && usableRetry.test(value)) cursor = { ...cursor, retryMs: Number(value) };
  });
  return { push: (chunk) => lines.push(chunk) && held <= maxBytes };
}
