import { createNodeEngine } from "@narrowgate/policy/node";
import { verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Somebody, somebody, startWithPeople, WalkingBrowser } from "./harness/browser.ts";
import { consentApp, REDIRECT } from "./harness/consent-app.ts";
import { consentRegistry } from "./harness/consent-registry.ts";
import { TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { type DocumentHost, startDocumentHost } from "./harness/document-host.ts";
import type { TestInstance } from "./harness/test-instance.ts";
import { exportedWithTrust, failedRules } from "./harness/verified-export.ts";

let gate: TestInstance;
let grace: Somebody;
let host: DocumentHost;

beforeAll(async () => {
  host = await startDocumentHost();
  gate = await startWithPeople({ config: { fetch: host.fetch } });
  const byDocument = { method: "consent", client_id: host.url };
  await gate.apply(consentRegistry(REDIRECT, [byDocument]), TOKENS_FOR_ALL);
  grace = await somebody(gate, "grace");
}, 60_000);
afterAll(async () => {
  await gate.close();
  await host.close();
});

function described(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    client_id: host.url,
    client_name: "Somebody's editor",
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    application_type: "native",
    ...more,
  };
}

interface Claims {
  readonly txn: string;
  readonly client_id: string;
  readonly sub: string;
}

function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

describe("what a consent leaves in the log", () => {
  it("is proven offline; that she said so is the gate's word, unless its issuer is trusted for people", async () => {
    const app = await consentApp(gate, "desktop");
    const { access_token, refresh_token } = await app.tokens(grace.browser, { case: "CASE-1" });
    expect((await app.refresh(refresh_token)).status).toBe(200);
    const { txn, sub } = claimsOf(access_token);
    const { bytes, trust } = await exportedWithTrust(gate, txn);
    const verify = (issuers: (typeof trust)["issuers"]) =>
      verifyBundle(bytes, { trust: { ...trust, issuers }, crypto: nodeCrypto(), engine: createNodeEngine() });
    const alone = await verify([]);
    expect(failedRules(alone)).toEqual([]);
    expect(JSON.stringify(alone)).toContain("no trust file names a key of the person's issuer");
    const { keys } = JSON.parse(await (await fetch(`${gate.issuer}/jwks`)).text());
    const trusted = await verify([{ issuer: gate.issuer, jwks: { keys } }]);
    expect(failedRules(trusted)).toEqual([]);
    expect(JSON.stringify(trusted)).toContain(`"by":"${sub}"`);
  });
});

describe("a client known by its metadata document", () => {
  it("is asked for under its address, and acts as the agent that is registered with it", async () => {
    host.publish(described());
    const app = await consentApp(gate, host.url);
    const page = await app.open(grace.browser);
    expect(page.text).toContain(`<dd>${host.url}</dd>`);
    expect(page.text).toContain("May desktop act for you?");
    const { access_token } = await app.tokens(grace.browser);
    expect(claimsOf(access_token)).toMatchObject({ client_id: "desktop" });
  });

  it.each([
    ["another client's id", { client_id: "https://localhost/other.json" }, "does not match"],
    [
      "a shared secret",
      { client_secret: "s", token_endpoint_auth_method: "client_secret_basic" },
      "shared-secret",
    ],
    ["other addresses", { redirect_uris: ["http://127.0.0.1:9/elsewhere"] }, "redirect_uri"],
    ["more than five kilobytes", { client_name: "a".repeat(6000) }, "fetch failed"],
  ])("is refused with %s, and nobody is asked", async (_, more, why) => {
    const own = await startWithPeople({ config: { fetch: host.fetch } });
    try {
      await own.apply(
        consentRegistry(REDIRECT, [{ method: "consent", client_id: host.url }]),
        TOKENS_FOR_ALL,
      );
      host.publish(described(more));
      const begun = await (await consentApp(own, host.url)).plain(new WalkingBrowser());
      expect([begun.status, begun.location, begun.text.includes(why)]).toEqual([400, "", true]);
    } finally {
      await own.close();
    }
  });
});
