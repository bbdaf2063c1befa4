import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type Provider from "oidc-provider";
import type { KoaContextWithOIDC } from "oidc-provider";

/** A request as the provider is to see it. */
export interface InnerRequest {
  readonly method: "GET" | "POST";
  /** Path and query. */
  readonly path: string;
  /** A form; absent where there is none. */
  readonly form?: URLSearchParams;
  /** The Cookie header of the browser. */
  readonly cookie?: string | undefined;
}

/** What the provider answers. */
export interface InnerAnswer {
  readonly status: number;
  readonly location?: string;
  readonly cookies: readonly string[];
  readonly body: unknown;
}

/** A request that never came over a wire: host and scheme are our own, whatever the outer one said. */
export function innerExchange(
  issuer: string,
  { method, path, form, cookie }: InnerRequest,
): { readonly request: IncomingMessage; readonly response: ServerResponse } {
  const { host, protocol } = new URL(issuer);
  const socket = Object.assign(new Socket(), { encrypted: protocol === "https:" });
  const request = new IncomingMessage(socket);
  const body = form === undefined ? undefined : Buffer.from(form.toString());
  request.method = method;
  request.url = path;
  request.headers = {
    host,
    ...(cookie === undefined ? {} : { cookie }),
    ...(body === undefined
      ? {}
      : { "content-type": "application/x-www-form-urlencoded", "content-length": String(body.length) }),
  };
  if (body !== undefined) request.push(body);
  request.push(null);
  return { request, response: new ServerResponse(request) };
}

function cookiesOf(response: ServerResponse): readonly string[] {
  const set = response.getHeader("set-cookie");
  if (set === undefined) return [];
  return Array.isArray(set) ? set : [String(set)];
}

/** Asks the provider, as a function: a request in, an answer out, and nothing of it on a wire. */
export type AskProvider = (request: InnerRequest) => Promise<InnerAnswer>;

/** Puts a provider behind {@link AskProvider}. Call it once for each provider, before its first request. */
export function providerAsFunction(provider: Provider, issuer: string): AskProvider {
  const answers = new WeakMap<object, InnerAnswer>();
  provider.use(async (ctx: KoaContextWithOIDC, next) => {
    // What came of it is taken here, outermost, and koa is told not to send it.
    ctx.respond = false;
    await next();
    const location = ctx.response.get("location");
    answers.set(ctx.req, {
      status: ctx.status,
      ...(location === "" ? {} : { location }),
      cookies: cookiesOf(ctx.res),
      body: ctx.body,
    });
  });
  const handle = provider.callback();
  return async (asked) => {
    const { request, response } = innerExchange(issuer, asked);
    await handle(request, response);
    return answers.get(request) ?? { status: 500, cookies: [], body: { error: "server_error" } };
  };
}
