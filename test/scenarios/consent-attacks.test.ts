import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { manualClock } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Somebody, signIn, somebody, startWithPeople, WalkingBrowser } from "./harness/browser.ts";
import { type ConsentApp, consentApp, REDIRECT } from "./harness/consent-app.ts";
import { consentRegistry } from "./harness/consent-registry.ts";
import { TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import type { TestInstance } from "./harness/test-instance.ts";

let gate: TestInstance;
let grace: Somebody;
let mallory: Somebody;
let inside: Server;
let insideUrl: string;
let fetched: string[];

beforeAll(async () => {
  inside = createServer();
  inside.on("connection", () => fetched.push("connected"));
  inside.listen(0, "127.0.0.1");
  await once(inside, "listening");
  const address = inside.address();
  insideUrl = `https://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}/client.json`;
  fetched = [];
  gate = await startWithPeople();
  const byDocument = { method: "consent", client_id: insideUrl };
  await gate.apply(consentRegistry(REDIRECT, [byDocument]), TOKENS_FOR_ALL);
  [grace, mallory] = [await somebody(gate, "grace"), await somebody(gate, "mallory")];
}, 60_000);
afterAll(async () => {
  await gate.close();
  inside.close();
});

const app = (id = "desktop"): Promise<ConsentApp> => consentApp(gate, id);
const errorOf = (location: string): string | null => new URL(location).searchParams.get("error");
const json = (text: string): { readonly error: string; readonly code: string } => JSON.parse(text);

describe("the page", () => {
  it("names agent, task, tools, limits and where the browser goes, and quotes what the agent wrote", async () => {
    const one = await app();
    const words = `tidy <img src=x onerror=alert(1)> "now"`;
    const page = await one.open(grace.browser, { purpose: words, case: "CASE-7" });
    for (const shown of ["desktop", "CASE-7", "owner@example.com", "read", "/tickets/", "At most 20 calls"])
      expect(page.text).toContain(shown);
    expect(page.text).toContain("<strong>127.0.0.1:8123</strong>");
    expect(page.text).toContain("confidential");
    expect(page.text).toContain("not a web site");
    expect(page.text).toContain("tidy &lt;img src=x onerror=alert(1)&gt; &quot;now&quot;");
    expect(page.text).not.toContain("<img");
  });

  it("can stand in no frame, runs no script, and leads nowhere but here and to who asked", async () => {
    const { headers } = await (await app()).open(grace.browser);
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' http://127.0.0.1:8123",
    );
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("takes no form of another origin, none without an origin, and none without its token", async () => {
    const page = await (await app()).open(grace.browser);
    expect((await grace.browser.submit(page, "yes", "https://evil.example")).status).toBe(403);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const bare = await grace.browser.go(page.url, { method: "POST", headers, body: "answer=yes&token=x" });
    expect(bare.status).toBe(403);
    const wrong = { ...page, text: 'name="token" value="AAAA"' };
    expect((await grace.browser.submit(wrong, "yes")).status).toBe(400);
    expect((await grace.browser.submit(page, "yes")).status).toBe(303);
    expect((await grace.browser.submit(page, "yes")).status).toBe(400);
  });

  it("is for the browser that began: its address is worth nothing in another", async () => {
    const page = await (await app()).open(mallory.browser);
    const stolen = await grace.browser.go(page.url);
    expect([stolen.status, stolen.text.includes("not begun in this browser")]).toEqual([400, true]);
    const pushed = await grace.browser.submit({ ...page }, "yes");
    expect(pushed.status).toBe(400);
  });

  it("is for the request it was made for: another of the same browser does not answer it", async () => {
    const one = await app();
    const [first, second] = [await one.open(grace.browser), await one.open(grace.browser)];
    const cookie = grace.browser.cookies(new URL(second.url).pathname);
    expect((await grace.browser.go(first.url, { headers: { cookie } })).status).toBe(400);
    expect((await grace.browser.go(first.url)).status).toBe(200);
  });

  it("is for the person it was shown to: who signs in meanwhile answers nothing of hers", async () => {
    const one = await app();
    const begun = await one.plain(grace.browser);
    const page = await grace.browser.go(begun.location);
    const mixed = [grace.browser.cookies(new URL(page.url).pathname)]
      .join("; ")
      .replace(/narrowgate-session-\d+=[^;]+/, mallory.browser.cookies("/").split("; ")[0] ?? "");
    const token = /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const answer = await new WalkingBrowser().go(page.url, {
      method: "POST",
      headers: {
        origin: gate.issuer,
        cookie: mixed,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ token, answer: "yes" }).toString(),
    });
    expect(answer.status).toBe(400);
  });

  it("lets nobody answer who is not signed in: first a step on our own ground, then the sign-in", async () => {
    const stranger = new WalkingBrowser();
    const step = await (await app()).open(stranger);
    const [, next = ""] = /url=([^"]+)"/.exec(step.text) ?? [];
    const { status, location } = await stranger.go(new URL(next, step.url).href);
    expect([status, location]).toEqual([303, `${gate.issuer}/people/sign-in#${new URL(step.url).pathname}`]);
  });

  it("says no for her, and who asked learns it", async () => {
    const page = await (await app()).open(grace.browser);
    const answered = await grace.browser.submit(page, "no");
    const { location } = await grace.browser.go(answered.location);
    expect([errorOf(location), new URL(location).searchParams.get("iss")]).toEqual([
      "access_denied",
      gate.issuer,
    ]);
  });
});

describe("the authorization endpoint", () => {
  it.each([
    ["an address nobody registered", { redirect_uri: "https://evil.example/callback" }],
    ["an address that only begins like it", { redirect_uri: `${REDIRECT}/../evil` }],
    ["another client's address", { redirect_uri: `${REDIRECT}-other` }],
    ["a client nobody registered", { client_id: "nobody" }],
    ["an agent that nobody signs in to", { client_id: "desk" }],
  ])("redirects nowhere for %s", async (_, more) => {
    const begun = await (await app()).plain(new WalkingBrowser(), more);
    expect([begun.status, begun.location]).toEqual([400, ""]);
    expect(begun.headers.get("x-frame-options")).toBe("DENY");
  });

  it.each([
    ["without PKCE", { code_challenge: "", code_challenge_method: "" }, "invalid_request"],
    ["with a plain challenge", { code_challenge_method: "plain" }, "invalid_request"],
    ["with an implicit answer", { response_type: "token" }, "unsupported_response_type"],
  ])("refuses %s", async (_, more, error) => {
    const { location } = await (await app()).plain(new WalkingBrowser(), more);
    const at = new URL(location);
    const answer = new URLSearchParams(at.search === "" ? at.hash.slice(1) : at.search);
    expect([answer.get("error"), answer.get("iss")]).toEqual([error, gate.issuer]);
  });

  it.each([
    ["a scope beyond the ceiling", { scope: "files:read admin" }, "invalid_scope"],
    ["a server beyond it", { resource: "https://elsewhere.example/mcp" }, "invalid_target"],
    [
      "a tool beyond it",
      { authorization_details: '[{"type":"mcp_tool","server":"files","tools":["rm"]}]' },
      "invalid_authorization_details",
    ],
    ["details that are none", { authorization_details: "[" }, "invalid_authorization_details"],
    ["a purpose that would turn the page around", { purpose: "read \u202e only" }, "access_denied"],
  ])("asks nobody for %s", async (_, more, error) => {
    const page = await (await app()).open(grace.browser, more);
    expect(page.status).toBe(303);
    const { location } = await grace.browser.go(page.location);
    expect(errorOf(location)).toBe(error);
  });

  it("takes nothing under the name by which the provider carries what is ours", async () => {
    const begun = await (await app()).plain(new WalkingBrowser(), { narrowgate_asked: "{}" });
    expect([begun.status, begun.location]).toEqual([400, ""]);
  });
});

describe("a code", () => {
  it("is worth nothing without the verifier, for another client, or under another key, and is not used up by those", async () => {
    const one = await app();
    const other = await app("other");
    const { code, verifier } = await one.consent(grace.browser, { dpop_jkt: one.jkt });
    const stolen = { code, redirect_uri: REDIRECT, code_verifier: verifier };
    const codeOf = async (answer: Promise<{ readonly text: string }>): Promise<string> =>
      json((await answer).text).error;
    expect(await codeOf(one.token({ ...stolen, code_verifier: "A".repeat(43) }))).toBe("invalid_grant");
    expect(await codeOf(other.token(stolen))).toBe("invalid_grant");
    expect(await codeOf((await app()).token(stolen))).toBe("invalid_grant");
    expect((await one.token(stolen)).status).toBe(200);
  });

  it("needs a proof of possession, and is not used up by a request without one", async () => {
    const one = await app();
    const { code, verifier } = await one.consent(grace.browser);
    const form = { code, redirect_uri: REDIRECT, code_verifier: verifier };
    const bare = await one.token(form, { proof: "none" });
    expect([bare.status, json(bare.text).error]).toEqual([400, "invalid_dpop_proof"]);
    expect((await one.token(form)).status).toBe(200);
  });

  it("used again ends the consent: mandate closed, token and refresh token dead", async () => {
    const one = await app();
    const { code, verifier } = await one.consent(grace.browser);
    const form = { code, redirect_uri: REDIRECT, code_verifier: verifier };
    const tokens = JSON.parse((await one.token(form)).text);
    const before = (await one.consents(grace.browser)).length;
    expect(json((await one.token(form)).text).error).toBe("invalid_grant");
    expect((await one.consents(grace.browser)).length).toBe(before - 1);
    const refreshed = await one.refresh(tokens.refresh_token);
    expect(json(refreshed.text).error).toBe("invalid_grant");
  });

  it("used twice at once gives one token at most", async () => {
    const one = await app();
    const { code, verifier } = await one.consent(grace.browser);
    const form = { code, redirect_uri: REDIRECT, code_verifier: verifier };
    await one.warmUp();
    const both = await Promise.all([one.token(form), one.token(form)]);
    expect(both.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });
});

describe("a refresh token", () => {
  it("is for its key alone; used again it ends the consent", async () => {
    const one = await app();
    const first = await one.tokens(grace.browser);
    expect(json((await (await app()).refresh(first.refresh_token)).text).error).toBe("invalid_grant");
    const second = JSON.parse((await one.refresh(first.refresh_token)).text);
    expect(json((await one.refresh(first.refresh_token)).text).error).toBe("invalid_grant");
    expect(json((await one.refresh(second.refresh_token)).text).error).toBe("invalid_grant");
  });

  it("is not used up by a request the mint refuses", async () => {
    const one = await app();
    const { refresh_token } = await one.tokens(grace.browser);
    const beyond = await one.refresh(refresh_token, { scope: "admin" });
    expect(json(beyond.text).error).toBe("invalid_scope");
    expect((await one.refresh(refresh_token)).status).toBe(200);
  });

  it("is at rest nowhere, and works after a restart", async () => {
    const one = await app();
    const { refresh_token } = await one.tokens(grace.browser);
    const rows = await gate.instance().state.scan("oauth", { limit: 1000 });
    expect(JSON.stringify(rows)).not.toContain(refresh_token);
    await gate.restart();
    expect((await one.refresh(refresh_token)).status).toBe(200);
    await signIn(gate, grace.passkey, grace.browser);
  });
});

describe("a consent", () => {
  it("is seen by the person alone, and taken back by her alone; its tokens die with it", async () => {
    const [grace, mallory] = [await somebody(gate, "ruth"), await somebody(gate, "eve")];
    const one = await app();
    const tokens = await one.tokens(grace.browser, { purpose: "one task", case: "CASE-9" });
    const [mine] = await one.consents(grace.browser);
    expect(mine).toMatchObject({ agent: "desktop", purpose: "one task", case: "CASE-9", is_used: true });
    expect(await one.consents(mallory.browser)).toEqual([]);
    expect((await one.withdraw(mallory.browser, mine?.mandate ?? "")).status).toBe(404);
    expect((await one.withdraw(grace.browser, mine?.mandate ?? "", "https://evil.example")).status).toBe(403);
    expect((await one.withdraw(grace.browser, mine?.mandate ?? "")).status).toBe(200);
    expect(await one.consents(grace.browser)).toEqual([]);
    expect(json((await one.refresh(tokens.refresh_token)).text).error).toBe("invalid_grant");
    const claims = JSON.parse(Buffer.from(tokens.access_token.split(".")[1] ?? "", "base64url").toString());
    expect(gate.instance().containment.firstDead(claims.ng.epochs)).toBeDefined();
  });

  it("opens a mandate for the person, the task and the agent it was shown for, signed by the gate for her", async () => {
    const one = await app();
    const { access_token } = await one.tokens(grace.browser, { purpose: "read it", case: "CASE-1" });
    const claims = JSON.parse(Buffer.from(access_token.split(".")[1] ?? "", "base64url").toString());
    const mandate = gate.instance().mandates.mandate(claims.ng.mandate);
    expect(claims).toMatchObject({
      client_id: "desktop",
      aud: `${gate.issuer}/mcp/files`,
      act: { sub: "desktop" },
      cnf: { jkt: one.jkt },
      ng: { basis: "signed_by_subject", assurance: "enrolled" },
    });
    expect(mandate?.document).toMatchObject({ purpose: "read it", intent: { case: "CASE-1" } });
    expect(claims.sub).toBe(mandate?.document.subject);
  });
});

describe("a client known by its metadata document", () => {
  it("is fetched from no address inside, and from none that no agent is registered with", async () => {
    const unregistered = insideUrl.replace("client.json", "other.json");
    for (const client_id of [insideUrl, unregistered, "https://169.254.169.254/latest/meta-data"]) {
      const begun = await (await app()).plain(new WalkingBrowser(), { client_id });
      expect([begun.status, begun.location]).toEqual([400, ""]);
    }
    expect(fetched).toEqual([]);
  });
});

describe("a request beside the browser", () => {
  it("is taken from an instance that is known, and from nobody else", async () => {
    const one = await app();
    const answer = await one.beside({ login_hint: "https://idp.example#grace" });
    expect(json(answer.text).error).toBe("invalid_client");
  });
});

describe("a session that stood open", () => {
  it("is no signature: its mandates are somebody's word, and agents of tier T3 wait for a passkey", async () => {
    const clock = manualClock(Date.now());
    const own = await startWithPeople({ clock });
    try {
      await own.apply(consentRegistry(REDIRECT), TOKENS_FOR_ALL);
      const iris = await somebody(own, "iris");
      const basisOf = async (id: string): Promise<string | undefined> => {
        await (await consentApp(own, id)).consent(iris.browser);
        return own
          .instance()
          .mandates.list()
          .find(({ document }) => document.agent === id)?.basis;
      };
      expect(await basisOf("grave")).toBe("signed_by_subject");
      clock.advance(6 * 60_000);
      expect(await basisOf("desktop")).toBe("asserted_by_agent");
      const page = await (await consentApp(own, "grave")).open(iris.browser);
      expect(page.text).toContain("Use your passkey");
      expect(page.text).not.toContain("Allow");
    } finally {
      await own.close();
    }
  });
});
