import { describe, expect, test } from "vitest";
import { by, openPeopleWorld, type PeopleWorld } from "../../test/people/people-world.ts";
import { SoftwarePasskey } from "../../test/people/software-passkey.ts";
import { SESSION_IDLE_MS, SESSION_LIFE_MS, STEP_UP_MS } from "./sessions.ts";

function session({ ask, origin }: PeopleWorld, cookie: string) {
  return ask(`${origin}/people/session`, { cookie });
}

async function stepUp(world: PeopleWorld, cookie: string, passkey: SoftwarePasskey) {
  const { post, origin } = world;
  const begun = await post(`${origin}/people/step-up/begin`, {}, cookie);
  const { challenge } = Object(begun.json["options"]);
  return post(
    `${origin}/people/step-up/finish`,
    passkey.get(challenge, { origin, rpId: "localhost" }),
    cookie,
  );
}

describe("signing in with a passkey", () => {
  test("gives a session that says who it is; signing out ends it", async () => {
    const world = await openPeopleWorld();
    const { ref, passkey } = await world.member();
    const { status, cookie, headers } = await world.signIn(passkey);
    expect(status).toBe(200);
    expect(String(headers["set-cookie"])).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/);
    expect((await session(world, cookie)).json).toEqual({
      person: { ref, name: "Grace", roles: ["approver"] },
      method: "passkey",
      signed_in_at_ms: world.clock.nowMs(),
      fresh: true,
    });
    expect(world.site.signedIn(cookie)?.person.ref).toBe(ref);
    const headersOut = { origin: world.origin };
    await world.ask(`${world.origin}/people/session`, { method: "DELETE", cookie, headers: headersOut });
    expect((await session(world, cookie)).json.error?.code).toBe("invalid_token");
  });

  test.each([
    ["for another origin", { origin: "https://evil.example" }],
    ["for another host", { rpId: "evil.example" }],
    ["without user verification", { flags: 0x01 }],
    ["in a frame of another page", { crossOrigin: true }],
    ["by a ceremony of making one", { type: "webauthn.create" }],
  ])("used %s is refused", async (_, tampering) => {
    const world = await openPeopleWorld();
    const { passkey } = await world.member();
    const answer = await world.signIn(passkey, tampering);
    expect([answer.json.error?.code, answer.cookie]).toEqual(["passkey_refused", ""]);
    expect(world.faults).toEqual([]);
  });

  test("nobody has, another's key under a known id, or an answer given before, is refused", async () => {
    const world = await openPeopleWorld();
    const { passkey } = await world.member();
    expect((await world.signIn(new SoftwarePasskey())).json.error?.code).toBe("passkey_refused");
    const begun = await world.post(`${world.origin}/people/sign-in/begin`, {});
    const { challenge } = Object(begun.json["options"]);
    const place = { origin: world.origin, rpId: "localhost" };
    const forged = { ...new SoftwarePasskey().get(challenge, place), id: passkey.id };
    const finish = `${world.origin}/people/sign-in/finish`;
    expect((await world.post(finish, forged)).json.error?.code).toBe("passkey_refused");
    const next = Object((await world.post(`${world.origin}/people/sign-in/begin`, {})).json["options"]);
    const honest = passkey.get(next.challenge, place);
    const both = await Promise.all([world.post(finish, honest), world.post(finish, honest)]);
    expect(both.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("without a counter may be used again and again, but no answer of it twice", async () => {
    const world = await openPeopleWorld();
    const { passkey } = await world.member();
    const finish = `${world.origin}/people/sign-in/finish`;
    for (let i = 0; i < 2; i++) {
      const begun = await world.post(`${world.origin}/people/sign-in/begin`, {});
      const { challenge } = Object(begun.json["options"]);
      const place = { origin: world.origin, rpId: "localhost" };
      const used = passkey.get(challenge, place, { signCount: 0 });
      expect((await world.post(finish, used)).status).toBe(200);
      expect((await world.post(finish, used)).json.error?.code).toBe("passkey_refused");
    }
  });

  test("may be begun so often by one source, and none of it ends what another began", async () => {
    const world = await openPeopleWorld();
    const { passkey } = await world.member();
    const begin = () => world.post(`${world.origin}/people/sign-in/begin`, {});
    const { challenge } = Object((await begin()).json["options"]);
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 5_000) statuses.push((await begin()).status);
    expect(statuses.length).toBeLessThan(100);
    const used = passkey.get(challenge, { origin: world.origin, rpId: "localhost" });
    expect((await world.post(`${world.origin}/people/sign-in/finish`, used)).status).toBe(200);
  });

  test("whose counter does not rise is refused: there is a copy of it; a restart remembers", async () => {
    const world = await openPeopleWorld();
    const { passkey } = await world.member();
    expect((await world.signIn(passkey, { signCount: 7 })).status).toBe(200);
    expect(world.evidence.stateText()).toContain('\\"signCount\\":7');
    for (const signCount of [7, 3, 0])
      expect((await world.signIn(passkey, { signCount })).json.error?.code).toBe("passkey_refused");
    expect((await world.signIn(passkey, { signCount: 8 })).status).toBe(200);
  });
});

describe("a session", () => {
  test("gets a token of its own at each sign-in, and the one the browser came with ends", async () => {
    const world = await openPeopleWorld();
    const { passkey } = await world.member();
    const planted = `narrowgate-session-${new URL(world.origin).port}=${"A".repeat(43)}`;
    const first = await world.signIn(passkey, {}, planted);
    expect(first.cookie).not.toBe(planted);
    expect((await session(world, planted)).status).toBe(401);
    const second = await world.signIn(passkey, {}, first.cookie);
    expect((await session(world, first.cookie)).status).toBe(401);
    expect((await session(world, `${second.cookie}; ${second.cookie}`)).status).toBe(401);
    expect((await session(world, second.cookie)).status).toBe(200);
  });

  test("ends when idle, and after eight hours of use", async () => {
    const world = await openPeopleWorld();
    const { passkey } = await world.member();
    const idle = (await world.signIn(passkey)).cookie;
    world.clock.advance(SESSION_IDLE_MS);
    expect((await session(world, idle)).status).toBe(401);
    const used = (await world.signIn(passkey)).cookie;
    const steps = SESSION_LIFE_MS / (SESSION_IDLE_MS / 2);
    for (let i = 1; i < steps; i++) {
      world.clock.advance(SESSION_IDLE_MS / 2);
      expect((await session(world, used)).status).toBe(200);
    }
    world.clock.advance(SESSION_IDLE_MS / 2);
    expect((await session(world, used)).status).toBe(401);
  });

  test("ends with the person, and with nothing else of hers; others go on", async () => {
    const world = await openPeopleWorld();
    const [grace, lee] = [await world.member(), await world.member("Lee")];
    const [hers, his] = [
      (await world.signIn(grace.passkey)).cookie,
      (await world.signIn(lee.passkey)).cookie,
    ];
    await world.people.remove(grace.ref, by);
    expect((await session(world, hers)).status).toBe(401);
    expect(world.site.signedIn(hers)).toBeUndefined();
    expect((await session(world, his)).status).toBe(200);
    expect((await world.signIn(grace.passkey)).json.error?.code).toBe("passkey_refused");
  });

  test("is fresh for a while after a passkey was used; only her own makes it so again, under a new token", async () => {
    const world = await openPeopleWorld();
    const [grace, lee] = [await world.member(), await world.member("Lee")];
    const { cookie } = await world.signIn(grace.passkey);
    world.clock.advance(STEP_UP_MS);
    expect((await session(world, cookie)).json["fresh"]).toBe(false);
    expect((await stepUp(world, cookie, lee.passkey)).json.error?.code).toBe("passkey_refused");
    const fresh = await stepUp(world, cookie, grace.passkey);
    expect((await session(world, fresh.cookie)).json["fresh"]).toBe(true);
    expect((await session(world, cookie)).status).toBe(401);
    world.clock.advance(STEP_UP_MS);
    expect(world.site.signedIn(fresh.cookie)?.isFresh).toBe(false);
  });

  test("is not begun by what was begun for stepping up, nor made fresh by what was begun for signing in", async () => {
    const world = await openPeopleWorld();
    const { passkey } = await world.member();
    const { cookie } = await world.signIn(passkey);
    for (const [begin, finish] of [
      ["step-up", "sign-in"],
      ["sign-in", "step-up"],
    ]) {
      const begun = await world.post(`${world.origin}/people/${begin}/begin`, {}, cookie);
      const { challenge } = Object(begun.json["options"]);
      const used = passkey.get(challenge, { origin: world.origin, rpId: "localhost" });
      const answer = await world.post(`${world.origin}/people/${finish}/finish`, used, cookie);
      expect([answer.json.error?.code, answer.cookie]).toEqual(["passkey_refused", ""]);
    }
  });

  test("lets her take away a passkey of her own, and nobody else's, after a fresh use of one", async () => {
    const world = await openPeopleWorld();
    const [grace, lee] = [await world.member(), await world.member("Lee")];
    const { cookie } = await world.signIn(grace.passkey);
    const headers = { origin: world.origin };
    const remove = (digest: string, by = cookie) =>
      world.ask(`${world.origin}/people/passkeys/${digest}`, { method: "DELETE", cookie: by, headers });
    const listed = await world.ask(`${world.origin}/people/passkeys`, { cookie });
    const own = world.people.credentialsOf(grace.ref)[0]?.digest ?? "";
    const his = world.people.credentialsOf(lee.ref)[0]?.digest ?? "";
    expect(Object(listed.json["passkeys"])).toMatchObject([{ credential: own }]);
    expect((await remove(his)).json.error?.code).toBe("not_found");
    world.clock.advance(STEP_UP_MS);
    expect((await remove(own)).json.error?.code).toBe("step_up_required");
    const fresh = await stepUp(world, cookie, grace.passkey);
    expect((await remove(own, fresh.cookie)).status).toBe(200);
    expect(world.people.credentialsOf(grace.ref)).toEqual([]);
    expect(world.evidence.of("person").at(-1)).toEqual({
      type: "person",
      body: { action: "credential_removed", person: grace.ref, credential: own },
    });
  });

  test("cannot be ended or stepped up by another page", async () => {
    const world = await openPeopleWorld();
    const { passkey } = await world.member();
    const { cookie } = await world.signIn(passkey);
    for (const headers of [{ origin: "https://evil.example" }, {}]) {
      const out = await world.ask(`${world.origin}/people/session`, { method: "DELETE", cookie, headers });
      expect(out.json.error?.code).toBe("origin_refused");
    }
    expect((await session(world, cookie)).status).toBe(200);
  });
});
