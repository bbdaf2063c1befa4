import { request } from "node:http";

/** What came back, as far as a test needs it. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends headers exactly as given, repeated ones too, which `fetch` would join or refuse. */
export function sendRaw(
  url: string,
  options: {
    readonly method: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: Uint8Array;
  },
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const target = new URL(url);
  const headers = [["host", target.host] as const, ...options.headers].flat();
  const sent = request(
    {
      host: "127.0.0.1",
      port: target.port,
      path: `${target.pathname}${target.search}`,
      method: options.method,
      headers,
      timeout: 20_000,
      agent: false,
    },
    (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.once("end", () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") }),
      );
      answer.once("error", reject);
    },
  );
  sent.once("timeout", () => sent.destroy(new RangeError("no answer in time")));
  sent.once("error", reject);
  sent.end(options.body);
  return promise;
}
