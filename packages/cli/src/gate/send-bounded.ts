import { NarrowgateError } from "@narrowgate/kernel";

const DEADLINE_MS = 20_000;
const MAX_BYTES = 256 * 1024;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** What came back. */
export interface BoundedAnswer {
  readonly status: number;
  readonly text: string;
}

function checkAddress(address: string): void {
  const { protocol, hostname } = new URL(address);
  if (protocol !== "https:" && !LOOPBACK.has(hostname))
    throw new NarrowgateError("usage", "an identity is sent by https alone");
}

async function readAll(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_BYTES) throw new NarrowgateError("fetch_failed", "the answer is too large");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/**
 * Sends one request: https or loopback, no redirect, bounded in time and size.
 * Trust: what comes back may be anything.
 * @throws `usage`, `fetch_failed`
 */
export async function sendBounded(address: string, init: RequestInit): Promise<BoundedAnswer> {
  checkAddress(address);
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const response = await fetch(address, { ...init, redirect: "error", signal });
    return { status: response.status, text: await readAll(response) };
  } catch (cause) {
    if (cause instanceof NarrowgateError) throw cause;
    throw new NarrowgateError("fetch_failed", `${new URL(address).host} did not answer`, { cause });
  }
}
