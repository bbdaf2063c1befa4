import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { NarrowgateError } from "@narrowgate/kernel";
import { readBounded } from "./read-bounded.ts";

/** Answer of a remote party; all of it is attacker-controlled. */
export interface TextAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Bounds of an exchange. */
export interface PostLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

function failed(cause?: unknown): NarrowgateError {
  return new NarrowgateError(
    "fetch_failed",
    "a witness does not answer",
    cause === undefined ? {} : { cause },
  );
}

/**
 * Posts text and reads the answer. Follows no redirect, uses no proxy and keeps no connection.
 * @param url - of the operator's configuration
 * @throws `fetch_failed` when there is no whole answer within the limits
 */
export function postText(url: URL, text: string, { timeoutMs, maxBytes }: PostLimits): Promise<TextAnswer> {
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  const body = Buffer.from(text, "utf8");
  return new Promise((resolve, reject) => {
    const request = start(url, {
      method: "POST",
      agent: false,
      // Covers the whole exchange, so that a slow drip of bytes does not hold it open.
      signal: AbortSignal.timeout(timeoutMs),
      headers: { "content-type": "text/plain; charset=utf-8", "content-length": body.length },
    });
    request.once("error", (cause) => reject(failed(cause)));
    request.once("response", (response) => {
      readBounded(response, maxBytes).then(
        (answer) => {
          if (answer === undefined) return reject(failed());
          const contentType = response.headers["content-type"] ?? "";
          resolve({ status: response.statusCode ?? 0, contentType, body: answer.toString("utf8") });
        },
        (cause: unknown) => reject(failed(cause)),
      );
    });
    request.end(body);
  });
}
