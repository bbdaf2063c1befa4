import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { NarrowgateError } from "@narrowgate/kernel";

const LOOPBACK = "127.0.0.1";
const PATH = "/callback";

/** What stands in an agent's consent binding for those who come back here; the port is another each time. */
export const RETURN_ADDRESS: string = `http://${LOOPBACK}${PATH}`;

/** A place on this machine that a browser comes back to, for one sign-in. */
export interface BrowserReturn {
  readonly redirectUri: string;
  /**
   * Waits for a browser that brings the answer; all others are turned away, and change nothing.
   * @throws `consent_refused` when `signal` ends the wait
   */
  answer(isAnswer: (returned: URLSearchParams) => boolean, signal: AbortSignal): Promise<URLSearchParams>;
  close(): Promise<void>;
}

function show(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      connection: "close",
    })
    .end(`<!doctype html><html lang="en"><title>Narrowgate</title><h1>${text}</h1>`);
}

async function listen(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", (cause) =>
    reject(new NarrowgateError("conflict", "nothing could listen for the browser", { cause })),
  );
  server.listen(0, LOOPBACK, resolve);
  await promise;
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Listens on loopback alone. Trust: any page and any program of this machine can send requests here. @see RFC 8252 section 7.3 */
export async function openBrowserReturn(): Promise<BrowserReturn> {
  let host = "";
  let offer: (returned: URLSearchParams) => boolean = () => false;
  const server = createServer((request: IncomingMessage, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", RETURN_ADDRESS);
    const isOurs = request.method === "GET" && request.headers.host === host && pathname === PATH;
    if (isOurs && offer(searchParams))
      show(response, 200, "Your answer has arrived. You can close this page.");
    else show(response, 404, "There is nothing here.");
  });
  const port = await listen(server);
  host = `${LOOPBACK}:${port}`;
  return {
    redirectUri: `http://${host}${PATH}`,
    async answer(isAnswer, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<URLSearchParams>();
      const over = (): void => reject(new NarrowgateError("consent_refused", "nobody signed in"));
      offer = (returned) => {
        const isIt = isAnswer(returned);
        if (isIt) resolve(returned);
        return isIt;
      };
      signal.addEventListener("abort", over, { once: true });
      if (signal.aborted) over();
      try {
        return await promise;
      } finally {
        offer = () => false;
        signal.removeEventListener("abort", over);
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
