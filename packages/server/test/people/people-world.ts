import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { type ManualClock, manualClock } from "@narrowgate/kernel";
import { onTestFinished } from "vitest";
import {
  createPeoplePages,
  createSignInSite,
  openPeople,
  type People,
  type ProviderSettings,
  type SignInSite,
} from "../../src/people/index.ts";
import { createSafeExchange } from "../../src/platform/fetch/index.ts";
import { listenTcp } from "../../src/platform/http/listen.ts";
import { relyingParty } from "../../src/platform/webauthn/index.ts";
import { MemoryEvidence } from "../admin/memory-evidence.ts";
import { SoftwarePasskey, type Tampering } from "./software-passkey.ts";

export const by = { operator: "b3BlcmF0b3ItMDAwMDAwMQ", jws: "signed" };

export interface SiteReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, never> & { readonly error?: { readonly code: string } };
  /** `name=value` of the cookie that was given. */
  readonly cookie: string;
}

export interface Asking {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookie?: string;
}

export interface PeopleWorld {
  readonly clock: ManualClock;
  readonly evidence: MemoryEvidence;
  readonly people: People;
  readonly faults: unknown[];
  readonly site: SignInSite;
  /** Origin of the page on which passkeys are made. */
  readonly enrolOrigin: string;
  /** Origin of the console. */
  readonly origin: string;
  ask(url: string, asking?: Asking): Promise<SiteReply>;
  /** Sends what a page of ours sends. */
  post(url: string, body: unknown, cookie?: string): Promise<SiteReply>;
  /** Makes a passkey with a code. */
  enrol(code: string, passkey?: SoftwarePasskey, more?: Tampering): Promise<SiteReply>;
  /** A person with a passkey. */
  member(name?: string): Promise<{ readonly ref: string; readonly passkey: SoftwarePasskey }>;
  signIn(passkey: SoftwarePasskey, more?: Tampering, cookie?: string): Promise<SiteReply>;
}

function ask(url: string, { method = "GET", body, headers = {}, cookie }: Asking): Promise<SiteReply> {
  const { promise, resolve, reject } = Promise.withResolvers<SiteReply>();
  const { port, host, pathname, search } = new URL(url);
  const text = body === undefined ? "" : JSON.stringify(body);
  const sent = httpRequest(
    { host: "127.0.0.1", port, method, path: `${pathname}${search}`, setHost: false },
    (reply) => {
      let received = "";
      reply.setEncoding("utf8");
      reply.on("data", (chunk: string) => {
        received += chunk;
      });
      reply.on("end", () => {
        const isJson = reply.headers["content-type"] === "application/json";
        const cookies = reply.headers["set-cookie"] ?? [];
        resolve({
          status: reply.statusCode ?? 0,
          headers: reply.headers,
          text: received,
          json: isJson ? JSON.parse(received) : {},
          cookie: cookies[0]?.split(";")[0] ?? "",
        });
      });
    },
  );
  sent.on("error", reject);
  const own = { host, ...(cookie === undefined ? {} : { cookie }), ...headers };
  for (const [name, value] of Object.entries(own)) sent.setHeader(name, value);
  sent.end(text);
  return promise;
}

async function listen(handle: (...args: Parameters<SignInSite["handle"]>) => void): Promise<number> {
  const up = await listenTcp(handle, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => up.close(100));
  return up.port ?? 0;
}

/** People over real HTTP, on two origins of one host, as in production. */
export async function openPeopleWorld(
  providers: (
    origin: string,
  ) => readonly ProviderSettings[] | Promise<readonly ProviderSettings[]> = () => [],
): Promise<PeopleWorld> {
  const clock = manualClock(1_795_000_000_000);
  const evidence = new MemoryEvidence();
  const people = await openPeople({ clock, evidence, state: evidence });
  const faults: unknown[] = [];
  const report = (cause: unknown): void => void faults.push(cause);
  const handlers: Partial<Record<"enrol" | "console", SignInSite["handle"]>> = {};
  const enrolPort = await listen((q, s) => handlers.enrol?.(q, s));
  const port = await listen((q, s) => handlers.console?.(q, s));
  const [enrolOrigin, origin] = [`http://localhost:${enrolPort}`, `http://localhost:${port}`];
  const party = relyingParty(enrolOrigin, "/approvals/origin");
  handlers.enrol = createPeoplePages({ people, clock, party, report }).handle;
  const site = createSignInSite({
    people,
    clock,
    evidence,
    origin,
    party: { rpId: party.rpId, origin },
    providers: await providers(origin),
    send: createSafeExchange({ allowedHosts: ["localhost", "127.0.0.1"], allowHttpOnLoopback: true }),
    allowHttp: true,
    report,
  });
  handlers.console = site.handle;
  const post: PeopleWorld["post"] = (url, body, cookie) => {
    const headers = { origin: new URL(url).origin, "content-type": "application/json" };
    return ask(url, { method: "POST", body, headers, ...(cookie === undefined ? {} : { cookie }) });
  };
  const enrol: PeopleWorld["enrol"] = async (code, passkey = new SoftwarePasskey(), more = {}) => {
    const begun = await post(`${enrolOrigin}/people/enrol/begin`, { code });
    if (begun.status !== 200) return begun;
    const { challenge } = Object(begun.json["options"]);
    return post(`${enrolOrigin}/people/enrol/finish`, { code, ...passkey.create(challenge, party, more) });
  };
  return {
    clock,
    evidence,
    people,
    faults,
    site,
    enrolOrigin,
    origin,
    ask: (url, asking = {}) => ask(url, asking),
    post,
    enrol,
    async member(name = "Grace") {
      const { person, code } = await people.invite({ name, roles: ["approver"], identities: [] }, by);
      const passkey = new SoftwarePasskey();
      await enrol(code, passkey);
      return { ref: person.ref, passkey };
    },
    async signIn(passkey, more = {}, cookie) {
      const begun = await post(`${origin}/people/sign-in/begin`, {});
      const { challenge } = Object(begun.json["options"]);
      return post(
        `${origin}/people/sign-in/finish`,
        passkey.get(challenge, { origin, rpId: "localhost" }, more),
        cookie,
      );
    },
  };
}
