import { describe, expect, test } from "vitest";
import { type PeopleProvider, startPeopleProvider } from "../../../test/people/people-provider.ts";
import { by, openPeopleWorld, type PeopleWorld } from "../../../test/people/people-world.ts";
import { listenTcp } from "../../platform/http/listen.ts";
import type { ProviderSettings } from "../ports.ts";
import { rolesFromClaims } from "./roles-from-claims.ts";

const mapping = {
  claim: "/groups",
  roles: { "ng-approvers": ["approver"], "ng-sec": ["security"] },
} as const;

interface OidcWorld extends PeopleWorld {
  readonly provider: PeopleProvider;
}

async function openOidc(more: Partial<ProviderSettings> = {}): Promise<OidcWorld> {
  const started: PeopleProvider[] = [];
  const world = await openPeopleWorld(async (origin) => {
    const provider = await startPeopleProvider(`${origin}/people/oidc/corp/callback`);
    started.push(provider);
    const settings = {
      id: "corp",
      name: "Corp",
      issuer: provider.issuer,
      clientId: "console",
      clientSecret: "of a test",
      scope: "openid",
      subjectClaim: "sub",
      mapping,
      enrols: true,
      ...more,
    };
    return [settings, { ...settings, id: "other", name: "Other" }];
  });
  const [provider] = started;
  if (provider === undefined) throw new Error("no provider");
  return { ...world, provider };
}

async function start({ post, origin }: OidcWorld, returnTo: string = "/txn/x") {
  const begun = await post(`${origin}/people/oidc/start`, { provider: "corp", return_to: returnTo });
  return { location: String(begun.json["location"]), cookie: begun.cookie, begun };
}

async function signIn(world: OidcWorld, account: string) {
  const { location, cookie } = await start(world);
  const back = await world.provider.authorise(location, account);
  return { back, cookie, answer: await world.ask(back, { cookie }) };
}

describe("signing in at a provider", () => {
  test("enrols whoever has a mapped group, with code, PKCE, state and nonce, and leads back to where it began", async () => {
    const world = await openOidc();
    world.provider.claims.set("grace", { name: "Grace Hopper", groups: ["ng-approvers", "staff"] });
    const { location } = await start(world);
    const asked = new URL(location).searchParams;
    expect([asked.get("response_type"), asked.get("code_challenge_method")]).toEqual(["code", "S256"]);
    for (const name of ["state", "nonce", "code_challenge"])
      expect(asked.get(name)?.length).toBeGreaterThan(40);
    const { answer } = await signIn(world, "grace");
    expect([answer.status, answer.headers.location]).toEqual([303, "/txn/x"]);
    const person = world.people.byIdentity(`${world.provider.issuer}#grace`);
    expect(person).toMatchObject({ name: "Grace Hopper", roles: ["approver"], given: [] });
    expect(world.evidence.of("person")[0]?.body).toEqual({
      action: "enrolled",
      person: person?.ref,
      roles: ["approver"],
    });
    const session = await world.ask(`${world.origin}/people/session`, { cookie: answer.cookie });
    expect(session.json).toMatchObject({ method: "oidc", fresh: false, person: { ref: person?.ref } });
    expect(world.faults).toEqual([]);
  });

  test("takes roles away that the provider states no more, and leaves those that operators gave", async () => {
    const world = await openOidc();
    const identity = `${world.provider.issuer}#grace`;
    const asked = { name: "Grace", roles: ["owner"], identities: [identity] } as const;
    const { person } = await world.people.invite(asked, by);
    world.provider.claims.set("grace", { groups: ["ng-sec"] });
    await signIn(world, "grace");
    expect(world.people.person(person.ref)?.roles).toEqual(["owner", "security"]);
    await world.people.change(person.ref, { roles: ["iam"] }, by);
    expect(world.people.person(person.ref)?.roles).toEqual(["iam", "security"]);
    world.provider.claims.set("grace", { groups: [] });
    await signIn(world, "grace");
    await signIn(world, "grace");
    expect(world.people.person(person.ref)?.roles).toEqual(["iam"]);
    expect(world.evidence.of("person").map(({ body }) => body["action"])).toEqual([
      "enrolled",
      ...Array(3).fill("changed"),
    ]);
  });

  test("finds one person behind all her accounts", async () => {
    const world = await openOidc({ enrols: false });
    const accounts = ["grace", "g.hopper"].map((sub) => `${world.provider.issuer}#${sub}`);
    const { person } = await world.people.invite({ name: "Grace", roles: [], identities: accounts }, by);
    for (const account of ["grace", "g.hopper"]) {
      const { answer } = await signIn(world, account);
      expect(world.site.signedIn(answer.cookie)?.person.ref).toBe(person.ref);
    }
  });

  test.each([
    ["nobody here, where nobody is enrolled by it", { enrols: false }, { groups: ["ng-sec"] }],
    ["without a mapped group", {}, { groups: ["staff"] }],
    ["whose groups were left out for being too many", {}, { _claim_names: { groups: "src1" } }],
  ])("an account that is %s is refused, in words that hold nothing of it", async (_, more, claims) => {
    const world = await openOidc(more);
    world.provider.claims.set("mallory", claims);
    const { answer } = await signIn(world, "mallory");
    expect([answer.status, answer.cookie]).toEqual([403, ""]);
    expect(answer.text).toContain("sign_in_refused");
    expect(answer.text).not.toContain("mallory");
    expect(world.people.list()).toEqual([]);
  });

  test("a removed person who is linked to nothing any more is not let in again", async () => {
    const world = await openOidc({ enrols: false });
    const identities = [`${world.provider.issuer}#grace`];
    const { person } = await world.people.invite({ name: "Grace", roles: [], identities }, by);
    const { answer } = await signIn(world, "grace");
    await world.people.remove(person.ref, by);
    expect(world.site.signedIn(answer.cookie)).toBeUndefined();
    expect((await signIn(world, "grace")).answer.status).toBe(403);
  });
});

describe("the way back", () => {
  test.each<[string, (back: URL) => void]>([
    ["with another state", (back) => back.searchParams.set("state", "x".repeat(43))],
    ["without state", (back) => back.searchParams.delete("state")],
    ["with the issuer of another provider", (back) => back.searchParams.set("iss", "https://evil.example")],
    ["without an issuer, where the provider says it names itself", (back) => back.searchParams.delete("iss")],
    [
      "at the address of another provider",
      (back) => {
        back.pathname = "/people/oidc/other/callback";
      },
    ],
    [
      "with an error",
      (back) => {
        back.searchParams.delete("code");
        back.searchParams.set("error", "access_denied");
      },
    ],
    ["with another code", (back) => back.searchParams.set("code", "x".repeat(43))],
  ])("%s signs nobody in", async (_, change) => {
    const world = await openOidc();
    world.provider.claims.set("grace", { groups: ["ng-sec"] });
    const { location, cookie } = await start(world);
    const back = new URL(await world.provider.authorise(location, "grace"));
    change(back);
    const answer = await world.ask(back.href, { cookie });
    expect([answer.status, answer.cookie]).toEqual([403, ""]);
    expect(world.people.list()).toEqual([]);
    expect(world.faults).toEqual([]);
  });

  test("at the address of another provider is not even carried to that provider", async () => {
    const world = await openOidc();
    const { location, cookie } = await start(world);
    const back = new URL(await world.provider.authorise(location, "grace"));
    back.pathname = "/people/oidc/other/callback";
    expect((await world.ask(back.href, { cookie })).status).toBe(403);
    expect(world.provider.asked).not.toContain("/token");
  });

  test("counts once, in the browser that began, for ten minutes", async () => {
    const world = await openOidc();
    world.provider.claims.set("grace", { groups: ["ng-sec"] });
    const mine = await start(world);
    const theirs = await start(world);
    const back = await world.provider.authorise(mine.location, "grace");
    for (const asking of [{}, { cookie: theirs.cookie }])
      expect((await world.ask(back, asking)).status).toBe(403);
    expect((await world.ask(back, { cookie: mine.cookie })).status).toBe(303);
    expect((await world.ask(back, { cookie: mine.cookie })).status).toBe(403);
    const late = await start(world);
    const lateBack = await world.provider.authorise(late.location, "grace");
    world.clock.advance(10 * 60_000);
    expect((await world.ask(lateBack, { cookie: late.cookie })).status).toBe(403);
  });

  test.each(["//evil.example", "https://evil.example", "/\\evil.example", "/x?y=1", "/x#y", "x", "/\tx"])(
    "to %s is not begun",
    async (returnTo) => {
      const { begun } = await start(await openOidc(), returnTo);
      expect([begun.json.error?.code, begun.cookie]).toEqual(["malformed_input", ""]);
    },
  );

  test("is not begun at a provider that cannot be reached, speaks of another issuer, or lies inside the network", async () => {
    const up = await listenTcp(
      (_, response) => {
        response.setHeader("content-type", "application/json").end('{"issuer":"https://evil.example"}');
      },
      { host: "127.0.0.1", port: 0 },
    );
    for (const issuer of [
      `http://127.0.0.1:${up.port}`,
      "http://127.0.0.1:1",
      "http://[::1]:1",
      "http://169.254.169.254",
    ]) {
      const { begun } = await start(await openOidc({ issuer }));
      expect(begun.json.error?.code).toBe("sign_in_refused");
    }
    await up.close(100);
  });
});

describe("roles out of claims", () => {
  const roles = { a: ["approver"], "/b": ["security", "iam"] } as const;
  test.each<[string, object, string, readonly string[]]>([
    ["Okta: names in groups", { groups: ["Everyone", "a"] }, "/groups", ["approver"]],
    ["Entra: app roles", { roles: ["a"], oid: "0" }, "/roles", ["approver"]],
    [
      "Keycloak: realm roles",
      { realm_access: { roles: ["offline_access", "a"] } },
      "/realm_access/roles",
      ["approver"],
    ],
    ["Keycloak: group paths", { groups: ["/b", "/b/c"] }, "/groups", ["iam", "security"]],
    ["one text", { role: "a" }, "/role", ["approver"]],
    ["a claim with a slash in its name", { "https://x/roles": ["a"] }, "/https:~1~1x~1roles", ["approver"]],
    ["nothing there", {}, "/groups", []],
    ["what is no text", { groups: [1, null, ["a"], { a: 1 }, "constructor", "__proto__"] }, "/groups", []],
    ["another shape", { groups: { a: true } }, "/groups", []],
  ])("%s", (_, claims, claim, expected) => {
    expect(rolesFromClaims(Object.fromEntries(Object.entries(claims)), { claim, roles })).toEqual(expected);
  });

  test("Entra with too many groups is told so, and loses none", () => {
    const claims = { _claim_names: { groups: "src1" }, _claim_sources: { src1: { endpoint: "https://x" } } };
    expect(() => rolesFromClaims(claims, { claim: "/groups", roles })).toThrow("too many");
    expect(() => rolesFromClaims({ hasgroups: true }, { claim: "/groups", roles })).toThrow("too many");
  });
});
