import {
  acceptHandOff,
  beginSignIn,
  closeMandate,
  createTokenClient,
  generateAgentKey,
  openMandate,
  openSession,
  type PendingSignIn,
  readCeiling,
  type TokenClient,
} from "@narrowgate/agent";
import { isNarrowgateError, randomId } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Somebody, signIn, somebody, startWithPeople } from "./harness/browser.ts";
import { consentRegistry } from "./harness/consent-registry.ts";
import { TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import type { TestInstance } from "./harness/test-instance.ts";

let gate: TestInstance;
let grace: Somebody;
const redirectUri = "http://127.0.0.1:8123/callback";
const files = (): string => `${gate.issuer}/mcp/files`;

beforeAll(async () => {
  gate = await startWithPeople();
  const { agents, ...rest } = consentRegistry("http://127.0.0.1/callback");
  const handing = (Array.isArray(agents) ? agents : []).map((agent) =>
    Object(agent).id === "desk" ? { ...Object(agent), delegates: ["desktop"] } : agent,
  );
  await gate.apply({ ...rest, agents: handing }, TOKENS_FOR_ALL);
  grace = await somebody(gate, "grace");
}, 60_000);
afterAll(() => gate.close());

async function begin(): Promise<{ client: TokenClient; pending: PendingSignIn }> {
  const authenticate = () => Promise.resolve({ client_id: "desktop" });
  const key = await generateAgentKey();
  const client = createTokenClient({ issuer: gate.issuer, agent: "desktop", key, authenticate });
  return {
    client,
    pending: await beginSignIn(client, { resources: [files()], redirectUri, case: "CASE-7" }),
  };
}

/** Walks a browser through it. @returns what it is sent back with */
async function walk({ url }: PendingSignIn, answer: "yes" | "no" = "yes"): Promise<URLSearchParams> {
  const page = await grace.browser.go((await grace.browser.go(url)).location);
  const answered = await grace.browser.submit(page, answer);
  return new URL((await grace.browser.go(answered.location)).location).searchParams;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return isNarrowgateError(thrown) ? thrown.code : String(thrown);
}

describe("a sign-in of the SDK", () => {
  it("gives tokens for the task, one after the other however many are asked for at once", async () => {
    const { client, pending } = await begin();
    const { session, mandate } = await pending.finish(await walk(pending));
    const first = await session.token(files());
    expect(await session.token(files())).toBe(first);
    const less = [["files:read"], ["files:write"], ["files:read"]].map((scope) => session.narrow({ scope }));
    const tokens = await Promise.all(less.map((one) => one.token(files())));
    expect(new Set([first, ...tokens]).size).toBe(4);
    await closeMandate(client, mandate);
    expect(await codeOf(session.narrow({ scope: ["files:read"] }).token(files()))).toMatch(
      /^(mandate_closed|invalid_grant)$/,
    );
  });

  it("gives its key nothing beside the consent: no mandate of its own, and none but by the refresh token", async () => {
    const { client, pending } = await begin();
    const { mandate } = await pending.finish(await walk(pending));
    const { issuer, agent, key } = client.options;
    const asAgent = createTokenClient({ issuer, agent, key });
    const { authority } = await readCeiling(asAgent);
    const expires = Math.floor(Date.now() / 1000) + 3600;
    const own = {
      v: 1,
      salt: randomId(),
      agent,
      subject: `agent:${agent}`,
      purpose: "more",
      authority,
    } as const;
    expect(await codeOf(openMandate(asAgent, { ...own, expires, idleSeconds: 600 }))).toBe(
      "unauthorized_client",
    );
    expect(await codeOf(openSession(asAgent).token(files()))).toBe("unauthorized_client");
    expect(await codeOf(openSession(asAgent, mandate).token(files()))).toBe("unauthorized_client");
    const handOff = await openSession(await gate.join("desk")).delegate("desktop");
    expect(await codeOf(acceptHandOff(asAgent, handOff).token(files()))).toBe("unauthorized_client");
  });

  it("outlives a restart, and so do what its key may not and what the person sees and takes back", async () => {
    const { client, pending } = await begin();
    const { session, mandate } = await pending.finish(await walk(pending));
    await gate.restart();
    const renewed = () => session.narrow({ scope: ["files:read"] }).token(files());
    expect(await renewed()).not.toBe("");
    const { issuer, agent, key } = client.options;
    const asAgent = createTokenClient({ issuer, agent, key });
    expect(await codeOf(openSession(asAgent).token(files()))).toBe("unauthorized_client");
    await signIn(gate, grace.passkey, grace.browser);
    const page = `${gate.issuer}/people/consents`;
    expect((await grace.browser.go(page)).text).toContain(mandate);
    const headers = { origin: gate.issuer, "content-type": "application/json" };
    const body = JSON.stringify({ mandate });
    const withdrawn = await grace.browser.go(`${page}/withdraw`, { method: "POST", headers, body });
    expect(withdrawn.status).toBe(200);
    expect(await codeOf(renewed())).toBe("invalid_grant");
  });

  it("is over when the person refuses", async () => {
    const { pending } = await begin();
    expect(await codeOf(pending.finish(await walk(pending, "no")))).toBe("consent_refused");
  });

  it.each([
    ["another state", { state: "guessed" }],
    ["another issuer", { iss: "https://evil.example" }],
    ["an error without a state", { state: "", error: "access_denied" }],
  ])("takes no answer with %s, and can still be finished", async (_, more) => {
    const { pending } = await begin();
    const returned = await walk(pending);
    const changed = new URLSearchParams({ ...Object.fromEntries(returned), ...more });
    expect(await codeOf(pending.finish(changed))).toBe("invalid_grant");
    expect((await pending.finish(returned)).mandate).not.toBe("");
  });

  it("takes no answer without an issuer, nor one with two states", async () => {
    const { pending } = await begin();
    const returned = await walk(pending);
    const bare = new URLSearchParams(returned);
    bare.delete("iss");
    expect(await codeOf(pending.finish(bare))).toBe("invalid_grant");
    const twice = new URLSearchParams(returned);
    twice.append("state", returned.get("state") ?? "");
    expect([pending.isAnswer(twice), await codeOf(pending.finish(twice))]).toEqual([false, "invalid_grant"]);
  });

  it("is refused before anybody is asked, for an address that is not registered", async () => {
    const authenticate = () => Promise.resolve({ client_id: "other" });
    const key = await generateAgentKey();
    const client = createTokenClient({ issuer: gate.issuer, agent: "other", key, authenticate });
    expect(await codeOf(beginSignIn(client, { resources: [files()], redirectUri }))).toBe("invalid_request");
  });
});
