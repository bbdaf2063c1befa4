import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Somebody, somebody, startWithPeople, type WalkingBrowser } from "./harness/browser.ts";
import { consentRegistry } from "./harness/consent-registry.ts";
import { TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { joinForeign } from "./harness/foreign-agent.ts";
import type { TestInstance } from "./harness/test-instance.ts";

const REDIRECT = "http://127.0.0.1:8123/callback";

let gate: TestInstance;
let grace: Somebody;
const files = (): string => `${gate.issuer}/mcp/files`;

beforeAll(async () => {
  gate = await startWithPeople();
  await gate.apply(consentRegistry(REDIRECT), TOKENS_FOR_ALL);
  grace = await somebody(gate, "grace");
}, 60_000);
afterAll(() => gate.close());

async function publicClient(id: string): Promise<client.Configuration> {
  const options = { execute: [client.allowInsecureRequests] };
  return client.discovery(new URL(gate.issuer), id, undefined, client.None(), options);
}

/** A client with a key of its own, as its author shows it. */
async function appWith(id: string) {
  const config = await publicClient(id);
  const keys = await client.randomDPoPKeyPair("ES256", { extractable: true });
  return { config, DPoP: client.getDPoPHandle(config, keys) };
}

/** Each request is repeated once when the server asks for its nonce. */
async function ask(app: Awaited<ReturnType<typeof appWith>>, more: Record<string, string> = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const url = await client.buildAuthorizationUrlWithPAR(
    app.config,
    {
      redirect_uri: REDIRECT,
      scope: "openid files:read",
      resource: files(),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      purpose: "tidy the inbox",
      case: "CASE-7",
      ...more,
    },
    { DPoP: app.DPoP },
  );
  return { url, checks: { pkceCodeVerifier: verifier, expectedState: state } };
}

/** Walks a browser to the page, and says yes. */
async function consent(browser: WalkingBrowser, url: URL) {
  const begun = await browser.go(url.href);
  const page = await browser.go(begun.location);
  const answered = await browser.submit(page, "yes");
  const back = await browser.go(answered.location);
  return { begun, page, back };
}

describe("openid-client", () => {
  it("pushes a request, gets a code, a token bound to its key, and the next by its refresh token", async () => {
    const app = await appWith("desktop");
    const { url, checks } = await ask(app);
    const { page, back } = await consent(grace.browser, url);
    expect(page.status).toBe(200);
    expect(back.location).toMatch(/^http:\/\/127\.0\.0\.1:8123\/callback\?/);
    const first = await client.authorizationCodeGrant(app.config, new URL(back.location), checks, {}, app);
    expect(first).toMatchObject({ token_type: "dpop", scope: "files:read" });
    const second = await client.refreshTokenGrant(app.config, first.refresh_token ?? "", {}, app);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.access_token).not.toBe(first.access_token);
  });

  it("asks beside the browser, and polls with the key it asked with", async () => {
    const agent = await joinForeign(gate, "desk");
    const options = { execute: [client.allowInsecureRequests] };
    const auth = client.PrivateKeyJwt({ key: agent.pair.privateKey, kid: agent.kid });
    const config = await client.discovery(new URL(gate.issuer), "desk", undefined, auth, options);
    const asked = await client.initiateBackchannelAuthentication(config, {
      scope: "openid files:read",
      resource: files(),
      login_hint: "https://idp.example#grace",
      binding_message: "W4SCT",
      purpose: "close the case",
    });
    const list = JSON.parse((await grace.browser.go(`${gate.issuer}/people/consents`)).text);
    const [waiting] = list.waiting;
    expect(waiting).toMatchObject({ client_id: "desk", untrusted_message: "W4SCT" });
    const page = await grace.browser.go(`${gate.issuer}${waiting.page}`);
    expect(page.text).toContain("W4SCT");
    expect((await grace.browser.submit(page, "yes")).status).toBe(200);
    const DPoP = client.getDPoPHandle(config, agent.pair);
    const tokens = await client.pollBackchannelAuthenticationGrant(config, asked, {}, { DPoP });
    expect(tokens).toMatchObject({ token_type: "dpop", scope: "files:read" });
  });
});
