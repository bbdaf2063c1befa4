import { request } from "node:http";
import { type Answer, send as sendOverTcp } from "./http.ts";
import { digestOf, type Key, randomText, signedText } from "./key.ts";
import { jsonOf, textAt } from "./reading.ts";

/** The administration interface of an instance, as an operator uses it. */
export interface Admin {
  /** Sends one request, signed. Never throws for a refusal. */
  send(method: string, path: string, body?: object): Promise<Answer>;
  read(path: string): Promise<Answer>;
  /** Signs with another key, or for another request than the one that is sent. */
  forge(asked: {
    readonly method: string;
    readonly path: string;
    readonly body: object;
    readonly key: Key;
  }): Promise<Answer>;
}

interface Sent {
  readonly socket: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One request over the socket. */
export function overSocket({ socket, method, path, body, headers }: Sent): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const nothing = (why: string): void =>
    resolve({ status: 0, headers: new Headers(), text: why, body: undefined, code: "" });
  const length = { "content-length": String(Buffer.byteLength(body)) };
  const type = body === "" ? {} : { "content-type": "application/json" };
  const asked = {
    socketPath: socket,
    method,
    path,
    headers: { ...type, ...length, ...headers },
    timeout: 60_000,
  };
  const sent = request({ ...asked, agent: false }, (answer) => {
    const parts: Buffer[] = [];
    answer.on("data", (part: Buffer) => parts.push(part));
    answer.once("error", () => nothing("broken"));
    answer.once("end", () => {
      const text = Buffer.concat(parts).toString();
      const read = jsonOf(text);
      const code = textAt(read, "error", "code");
      resolve({ status: answer.statusCode ?? 0, headers: new Headers(), text, body: read, code });
    });
  });
  sent.once("timeout", () => sent.destroy());
  sent.once("error", (cause) => nothing(textAt(cause, "code") || cause.message));
  sent.end(body);
  return promise;
}

/** What an operator signs. @param asked - `aheadMs`: how far the clock there stands ahead. @see docs/design/admin.md */
export function operatorSignature(
  key: Key,
  asked: {
    readonly method: string;
    readonly path: string;
    readonly body: string;
    readonly origin: string;
    readonly aheadMs?: number;
  },
): string {
  const { method, path, body, origin, aheadMs = 0 } = asked;
  const iat = Math.floor((Date.now() + aheadMs) / 1000);
  const claims = {
    iss: key.jkt,
    aud: origin,
    method,
    path,
    body_sha256: digestOf(body),
    iat,
    jti: randomText(),
  };
  return signedText(key, { typ: "operator-request+jws" }, claims);
}

/** An operator at an instance. @param place - its socket, its address, and how far its clock stands ahead */
export function operatorAt(
  place: { readonly socket: string; readonly origin: string; readonly aheadMs?: () => number },
  key: Key,
): Admin {
  const post = (method: string, path: string, body: object | undefined, by: Key): Promise<Answer> => {
    const text = body === undefined ? "" : JSON.stringify(body);
    const { origin, aheadMs = () => 0 } = place;
    const jws = operatorSignature(by, { method, path, body: text, origin, aheadMs: aheadMs() });
    return overSocket({
      socket: place.socket,
      method,
      path,
      body: text,
      headers: { "narrowgate-operator": jws },
    });
  };
  return {
    send: (method, path, body) => post(method, path, body, key),
    read: (path) => overSocket({ socket: place.socket, method: "GET", path, body: "", headers: {} }),
    forge: ({ method, path, body, key: other }) => post(method, path, body, other),
  };
}

/** The same paths, tried at the public address, as an agent could. */
export function knock(
  origin: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const body = method === "GET" ? {} : { body: "{}" };
  return sendOverTcp({
    method,
    url: `${origin}${path}`,
    headers: { "content-type": "application/json", ...headers },
    ...body,
  });
}
