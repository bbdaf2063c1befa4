import { once } from "node:events";
import { createServer } from "node:http";

/** A client's own pages on another site, so that our cookies are kept back as on any way in from outside. */
export interface CallbackApp {
  readonly url: string;
  readonly callback: string;
  /** What the next browser that comes back brings. */
  returned(): Promise<URLSearchParams>;
  close(): void;
}

/** Listens on loopback. */
export async function startCallbackApp(): Promise<CallbackApp> {
  let next = Promise.withResolvers<URLSearchParams>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://app.invalid");
    const isBack = pathname === "/callback";
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>app</title><h1>${isBack ? "back" : "app"}</h1>`);
    if (!isBack) return;
    next.resolve(searchParams);
    next = Promise.withResolvers();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
  return {
    url,
    callback: `${url}/callback`,
    returned: () => next.promise,
    close: () => void server.close(),
  };
}
