import { at, jsonOf, textAt } from "./reading.ts";

/** What came back over HTTP, or that nothing did. */
export interface Answer {
  /** Zero where nothing came back: refused connection, reset, time over. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body where it is JSON, or the first event that is. */
  readonly body: unknown;
  /** The code of a refusal; empty where it was none. */
  readonly code: string;
}

/** One request. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds, 30 seconds unless told otherwise. */
  readonly limitMs?: number;
}

function firstEvent(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).trim()).find((line) => line.startsWith("{")) ?? "";
}

function codeOf(body: unknown): string {
  const places = [
    ["error", "code"],
    ["error", "data", "code"],
    ["code"],
    ["result", "_meta", "code"],
    ["error"],
  ];
  return places.map((path) => textAt(body, ...path)).find((code) => code !== "") ?? "";
}

function bodyOf(text: string, type: string): unknown {
  return jsonOf(type.includes("event-stream") ? firstEvent(text) : text);
}

/** Sends one request. Never throws: that nothing came back is an answer too. */
export async function send({ method, url, headers = {}, body, limitMs = 30_000 }: Sent): Promise<Answer> {
  try {
    const init = { method, headers, redirect: "manual" as const, signal: AbortSignal.timeout(limitMs) };
    const answer = await fetch(url, body === undefined ? init : { ...init, body });
    const text = await answer.text();
    const read = bodyOf(text, answer.headers.get("content-type") ?? "");
    return { status: answer.status, headers: answer.headers, text, body: read, code: codeOf(read) };
  } catch (cause) {
    const why = textAt(cause, "cause", "code") || (cause instanceof Error ? cause.name : "unknown");
    return { status: 0, headers: new Headers(), text: why, body: undefined, code: "" };
  }
}

/** Whether a tool's answer came back: neither a refusal of the gate nor an error of the protocol. */
export function isDone({ status, body }: Answer): boolean {
  return status === 200 && at(body, "result") !== undefined && at(body, "result", "isError") !== true;
}

/** An answer in a few words, for the record: no token or argument stands in them. */
export function said({ status, code, text }: Answer): string {
  if (status === 0) return `no answer (${text})`;
  return code === "" ? `${status}` : `${status} ${code}`;
}

const MOST_TRIES = 20;

/**
 * Asks again where the gate says that it has too much to do: that refusal says nothing of the attack.
 * @returns the first answer that is about the request, or the last one
 */
export async function patiently(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const answer = await ask();
    const isBusy = answer.code === "overloaded" || answer.code === "too_many_requests";
    if (!isBusy || tries === MOST_TRIES) return answer;
    const seconds = Number(answer.headers.get("retry-after") ?? "1");
    await new Promise((resolve) => setTimeout(resolve, Math.min(5, Math.max(0.1, seconds)) * 1000));
  }
}
