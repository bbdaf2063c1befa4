import type { Role } from "@narrowgate/contracts";
import { SoftwarePasskey } from "../../../packages/server/test/people/software-passkey.ts";
import { freePort } from "./free-port.ts";
import { startInstance, type TestInstance } from "./test-instance.ts";

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** What a page gave. */
export interface Page {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly text: string;
  /** Where it leads; empty where it leads nowhere. */
  readonly location: string;
}

function readCookie(header: string): Cookie {
  const [pair = "", ...attributes] = header.split(";").map((part) => part.trim());
  const at = pair.indexOf("=");
  const path = attributes.find((attribute) => attribute.toLowerCase().startsWith("path="))?.slice(5) ?? "/";
  return { name: pair.slice(0, at), value: pair.slice(at + 1), path };
}

function fits(path: string, { path: own }: Cookie): boolean {
  return path === own || path.startsWith(own.endsWith("/") ? own : `${own}/`);
}

/** A browser as far as these walks need one: cookies by path, forms with an Origin, and no step it was not told to take. */
export class WalkingBrowser {
  readonly #jar: Cookie[] = [];

  /** Cookies of this browser for a path. */
  cookies(path: string): string {
    return this.#jar
      .filter((cookie) => fits(path, cookie))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }

  async go(url: string, init: RequestInit = {}): Promise<Page> {
    const { pathname } = new URL(url);
    const headers = new Headers(init.headers);
    const cookie = this.cookies(pathname);
    if (cookie !== "" && !headers.has("cookie")) headers.set("cookie", cookie);
    const answer = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const header of answer.headers.getSetCookie()) this.#keep(readCookie(header));
    const location = answer.headers.get("location");
    return {
      status: answer.status,
      url,
      headers: answer.headers,
      text: await answer.text(),
      location: location === null ? "" : new URL(location, url).href,
    };
  }

  /** Sends the form of a page as its own origin would. */
  submit({ url, text }: Page, answer: "yes" | "no", origin: string = new URL(url).origin): Promise<Page> {
    const token = /name="token" value="([^"]+)"/.exec(text)?.[1] ?? "";
    return this.go(url, {
      method: "POST",
      headers: { origin, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ token, answer }).toString(),
    });
  }

  #keep(cookie: Cookie): void {
    const known = this.#jar.findIndex(({ name, path }) => name === cookie.name && path === cookie.path);
    if (known >= 0) this.#jar.splice(known, 1);
    if (cookie.value !== "") this.#jar.push(cookie);
  }
}

/** A person with a passkey, signed in at a browser of her own. */
export interface Somebody {
  readonly ref: string;
  readonly passkey: SoftwarePasskey;
  readonly browser: WalkingBrowser;
}

async function send(browser: WalkingBrowser, url: string, body: object): Promise<Record<string, never>> {
  const answer = await browser.go(url, {
    method: "POST",
    headers: { origin: new URL(url).origin, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status >= 300) throw new RangeError(`${url}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text);
}

/** An instance that people can be enrolled at. */
export type PeoplesGate = Pick<TestInstance, "config" | "instance" | "issuer">;

/** Signs somebody in by the ceremony of the product. */
export async function signIn(
  gate: Pick<PeoplesGate, "issuer">,
  passkey: SoftwarePasskey,
  browser: WalkingBrowser,
): Promise<void> {
  const begun = await send(browser, `${gate.issuer}/people/sign-in/begin`, {});
  const { challenge } = Object(begun["options"]);
  const used = passkey.get(challenge, { origin: gate.issuer, rpId: "localhost" });
  await send(browser, `${gate.issuer}/people/sign-in/finish`, used);
}

/** An instance with a place of its own where people make passkeys: the port beside the gate's may be somebody else's. */
export async function startWithPeople(
  options: Parameters<typeof startInstance>[0] = {},
): Promise<TestInstance> {
  const port = await freePort();
  const approvals = { origin: `http://localhost:${port}`, listen: { host: "127.0.0.1", port } };
  return startInstance({ ...options, config: { approvals, ...options.config } });
}

/** Enrols a person, lets her make a passkey, and signs her in. */
export async function somebody(
  gate: PeoplesGate,
  name: string,
  roles: readonly Role[] = ["approver"],
): Promise<Somebody> {
  const { approvals } = gate.config;
  if (approvals === undefined) throw new RangeError("no place to make passkeys");
  const operator = { operator: "b3BlcmF0b3ItMDAwMDAwMQ", jws: "signed.by.test" };
  const { person, code } = await gate
    .instance()
    .people.invite({ name, roles, identities: [`https://idp.example#${name}`] }, operator);
  const passkey = new SoftwarePasskey();
  const browser = new WalkingBrowser();
  const begun = await send(browser, `${approvals.origin}/people/enrol/begin`, { code });
  const { challenge } = Object(begun["options"]);
  const made = passkey.create(challenge, approvals);
  await send(browser, `${approvals.origin}/people/enrol/finish`, { code, ...made });
  await signIn(gate, passkey, browser);
  return { ref: person.ref, passkey, browser };
}
