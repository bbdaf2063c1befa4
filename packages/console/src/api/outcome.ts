import {
  isNarrowgateError,
  type JsonValue,
  parseStrictJson,
  readObject,
  readString,
} from "@narrowgate/kernel";

/** What came of asking the server. */
export type Outcome<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "signed-out" }
  | { readonly kind: "failed"; readonly message: string };

/** How large an answer may be. */
interface Limits {
  readonly maxBytes: number;
  readonly maxKeys: number;
}

const ordinary: Limits = { maxBytes: 4 * 1024 * 1024, maxKeys: 100_000 };

function failed(message: string): Outcome<never> {
  return { kind: "failed", message };
}

async function refusal(response: Response): Promise<Outcome<never>> {
  if (response.status === 401) return { kind: "signed-out" };
  return failed(await refusalMessage(response));
}

/** The server's own sentence, when it sent one. */
export async function refusalMessage(response: Response): Promise<string> {
  try {
    const body = await readJson(response, ordinary);
    const { error } = readObject(body, "", ["error"]);
    const { message } = readObject(error, "/error", ["code", "exit", "message", "retryable"]);
    return readString(message, "/error/message", { max: 1024 });
  } catch {
    return `The server answered with status ${response.status}.`;
  }
}

async function readJson(response: Response, limits: Limits): Promise<JsonValue> {
  return parseStrictJson(new Uint8Array(await response.arrayBuffer()), { ...limits });
}

/**
 * Gets something of the server and reads it.
 * @param read - turns the answer into a value, or throws when it has another shape
 */
export async function get<T>(
  path: string,
  read: (response: Response) => Promise<T>,
  signal: AbortSignal,
): Promise<Outcome<T>> {
  try {
    const response = await fetch(path, { signal, credentials: "same-origin", cache: "no-store" });
    return response.ok ? { kind: "ok", value: await read(response) } : await refusal(response);
  } catch (error) {
    if (isNarrowgateError(error))
      return failed(`The server's answer is not understood: ${error.publicMessage}.`);
    return failed("The server cannot be reached.");
  }
}

/** {@link get} for JSON. */
export function getJson<T>(
  path: string,
  read: (value: JsonValue) => T,
  signal: AbortSignal,
  limits: Limits = ordinary,
): Promise<Outcome<T>> {
  return get(path, async (response) => read(await readJson(response, limits)), signal);
}
