import { isNarrowgateError } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { by, openPeopleWorld } from "../../test/people/people-world.ts";
import { SoftwarePasskey } from "../../test/people/software-passkey.ts";
import { credentialDigest, openPeople } from "./people.ts";

const identity = "https://idp.example#grace";

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isNarrowgateError(error) ? error.code : "done";
}

describe("people", () => {
  test("are enrolled by an operator, found by ref and identity, and stand in the evidence sealed", async () => {
    const { people, evidence } = await openPeopleWorld();
    const asked = {
      name: "Grace",
      roles: ["security", "approver", "approver"],
      identities: [identity],
    } as const;
    const { person, code } = await people.invite(asked, by);
    expect(code).toMatch(/^(?:[A-HJ-NP-Z2-9]{4}-){2}[A-HJ-NP-Z2-9]{4}$/);
    expect(people.byIdentity(identity)).toEqual(person);
    expect([people.hasRole(person.ref, "approver"), people.hasRole(person.ref, "iam")]).toEqual([
      true,
      false,
    ]);
    expect(evidence.of("person")).toEqual([
      {
        type: "person",
        id: person.entry,
        body: {
          action: "enrolled",
          person: person.ref,
          roles: ["approver", "security"],
          operator: by.operator,
        },
        proof: { request: by.jws },
        content: { name: "Grace", identities: [identity] },
      },
    ]);
    expect(evidence.stateText()).not.toContain(code.replaceAll("-", ""));
  });

  test("are there after a restart with roles and passkeys; who was removed is not", async () => {
    const { people, evidence, clock, member } = await openPeopleWorld();
    const [grace, lee] = [await member(), await member("Lee")];
    await people.change(grace.ref, { roles: ["owner"], identities: [identity] }, by);
    await people.remove(lee.ref, by);
    const again = await openPeople({ clock, evidence, state: evidence });
    expect(again.list()).toEqual(people.list());
    expect(again.credential(grace.passkey.id)).toEqual(people.credential(grace.passkey.id));
    expect(again.byIdentity(identity)?.roles).toEqual(["owner"]);
    expect(again.credential(lee.passkey.id)).toBeUndefined();
    expect(evidence.of("person").at(-1)?.body).toMatchObject({ action: "removed", person: lee.ref });
  });

  test("have accounts of their own: one that is another person's is refused, a freed one can be linked", async () => {
    const { people } = await openPeopleWorld();
    const one = await people.invite({ name: "A", roles: [], identities: [identity] }, by);
    const two = await people.invite({ name: "B", roles: [], identities: [] }, by);
    expect(await codeOf(people.change(two.person.ref, { identities: [identity] }, by))).toBe("conflict");
    expect(await codeOf(people.invite({ name: "C", roles: [], identities: [identity] }, by))).toBe(
      "conflict",
    );
    await people.change(one.person.ref, { identities: [] }, by);
    await people.change(two.person.ref, { identities: [identity] }, by);
    expect(people.byIdentity(identity)?.name).toBe("B");
  });

  test("one identity is one person's, whatever is invited, linked and removed", async () => {
    const step = fc.record({ who: fc.nat(3), ids: fc.uniqueArray(fc.nat(3)), remove: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { people } = await openPeopleWorld();
        for (const { who, ids, remove } of steps) {
          const ref = people.list()[who]?.ref;
          const identities = ids.map((id) => `https://idp.example#${id}`);
          if (ref === undefined) await codeOf(people.invite({ name: "x", roles: [], identities }, by));
          else if (remove) await people.remove(ref, by);
          else await codeOf(people.change(ref, { identities }, by));
        }
        const all = people.list().flatMap(({ identities }) => identities);
        expect(new Set(all).size).toBe(all.length);
        for (const person of people.list())
          for (const own of person.identities) expect(people.byIdentity(own)).toBe(person);
        expect(people.byIdentity("https://idp.example#9")).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });
});

describe("a passkey", () => {
  test("is made with the code, typed in any case, once; its leaf names the digest alone", async () => {
    const { people, evidence, enrol } = await openPeopleWorld();
    const { person, code } = await people.invite({ name: "Grace", roles: ["approver"], identities: [] }, by);
    const passkey = new SoftwarePasskey();
    const made = await enrol(code.toLowerCase().replaceAll("-", " "), passkey);
    expect([made.status, made.json]).toEqual([201, { name: "Grace", authenticator: "unknown" }]);
    expect(people.credentialsOf(person.ref)).toMatchObject([
      { id: passkey.id, rpId: "localhost", authenticator: "unknown", digest: credentialDigest(passkey.id) },
    ]);
    const { jwk } = people.credential(passkey.id) ?? {};
    expect(evidence.of("person").at(-1)).toMatchObject({
      body: { action: "credential_added", person: person.ref, credential: credentialDigest(passkey.id) },
      content: { jwk, rp_id: "localhost" },
    });
    expect((await enrol(code)).json.error?.code).toBe("join_code_invalid");
  });

  test("may have an Ed25519 key; its model is written down, and the one of browser tests says virtual", async () => {
    const { people, enrol } = await openPeopleWorld();
    const models = ["01020304-0506-0708-0102-030405060708", "ee882879-721c-4913-9775-3dfcce97072a"];
    const seen: unknown[] = [];
    for (const aaguid of models) {
      const { code } = await people.invite({ name: "Grace", roles: [], identities: [] }, by);
      seen.push((await enrol(code, new SoftwarePasskey("EdDSA"), { aaguid })).json["authenticator"]);
    }
    expect(seen).toEqual(["virtual", models[1]]);
  });

  test.each([
    ["for another origin", { origin: "https://evil.example" }],
    ["for another host", { rpId: "evil.example" }],
    ["without user verification", { flags: 0x01 }],
    ["without user presence", { flags: 0x04 }],
    ["in a frame of another page", { crossOrigin: true }],
    ["by a ceremony of signing in", { type: "webauthn.get" }],
  ])("made %s is refused, and its challenge is used up", async (_, tampering) => {
    const { people, enrol, evidence, faults } = await openPeopleWorld();
    const { code } = await people.invite({ name: "Grace", roles: [], identities: [] }, by);
    expect((await enrol(code, new SoftwarePasskey(), tampering)).json.error?.code).toBe("passkey_refused");
    expect(evidence.of("person")).toHaveLength(1);
    expect((await enrol(code)).status).toBe(201);
    expect(faults).toEqual([]);
  });

  test("with an RSA key is refused; so is one that is enrolled already, and a challenge answered twice", async () => {
    const { people, enrol, post, enrolOrigin } = await openPeopleWorld();
    const first = await people.invite({ name: "Grace", roles: [], identities: [] }, by);
    expect((await enrol(first.code, new SoftwarePasskey("RS256"))).json.error?.code).toBe("passkey_refused");
    const passkey = new SoftwarePasskey();
    await enrol(first.code, passkey);
    const second = await people.inviteAgain(first.person.ref, by);
    expect((await enrol(second.code, passkey)).json.error?.code).toBe("conflict");
    const third = await people.inviteAgain(first.person.ref, by);
    const begun = await post(`${enrolOrigin}/people/enrol/begin`, { code: third.code });
    const { challenge } = Object(begun.json["options"]);
    const place = { origin: enrolOrigin, rpId: "localhost" };
    const finish = (one: SoftwarePasskey) =>
      post(`${enrolOrigin}/people/enrol/finish`, { code: third.code, ...one.create(challenge, place) });
    const both = await Promise.all([finish(new SoftwarePasskey()), finish(new SoftwarePasskey())]);
    expect(both.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(people.credentialsOf(first.person.ref)).toHaveLength(2);
  });

  test("challenge is answered once, be the answer right or wrong", async () => {
    const { people, post, enrolOrigin } = await openPeopleWorld();
    const { code } = await people.invite({ name: "Grace", roles: [], identities: [] }, by);
    const begun = await post(`${enrolOrigin}/people/enrol/begin`, { code });
    const { challenge } = Object(begun.json["options"]);
    const place = { origin: enrolOrigin, rpId: "localhost" };
    const finish = (flags: number) =>
      post(`${enrolOrigin}/people/enrol/finish`, {
        code,
        ...new SoftwarePasskey().create(challenge, place, { flags }),
      });
    expect((await finish(0x01)).json.error?.code).toBe("passkey_refused");
    expect((await finish(0x05)).json.error?.code).toBe("join_code_invalid");
  });

  test("counts its uses: each count once, and rising, where there is a count at all", async () => {
    const { people, member, clock, evidence } = await openPeopleWorld();
    const { passkey } = await member();
    expect(people.countUse(passkey.id, 0)).toEqual([]);
    const [row] = people.countUse(passkey.id, 5) ?? [];
    expect(row?.value).toMatchObject({ signCount: 5 });
    expect([5, 4, 0].map((count) => people.countUse(passkey.id, count))).toEqual(Array(3).fill(undefined));
    expect(people.countUse("unknown", 9)).toBeUndefined();
    evidence.record([], row === undefined ? [] : [row]);
    const again = await openPeople({ clock, evidence, state: evidence });
    expect(again.countUse(passkey.id, 5)).toBeUndefined();
  });

  test("code ends after fifteen minutes, after five failures, with another code, and with the person", async () => {
    const { people, enrol, clock } = await openPeopleWorld();
    const { person, code: late } = await people.invite({ name: "Grace", roles: [], identities: [] }, by);
    clock.advance(15 * 60_000);
    expect((await enrol(late)).json.error?.code).toBe("join_code_invalid");
    const { code: tried } = await people.inviteAgain(person.ref, by);
    for (let i = 0; i < 5; i++) await enrol(tried, new SoftwarePasskey(), { flags: 1 });
    expect((await enrol(tried)).json.error?.code).toBe("join_code_invalid");
    const { code: replaced } = await people.inviteAgain(person.ref, by);
    const { code } = await people.inviteAgain(person.ref, by);
    expect((await enrol(replaced)).json.error?.code).toBe("join_code_invalid");
    await people.remove(person.ref, by);
    expect((await enrol(code)).json.error?.code).toBe("join_code_invalid");
  });

  test("removed is not found any more; one of another person cannot be removed as one's own", async () => {
    const { people, member, evidence } = await openPeopleWorld();
    const [grace, lee] = [await member(), await member("Lee")];
    expect(await codeOf(people.removePasskey(grace.ref, lee.passkey.id, by))).toBe("not_found");
    await people.removePasskey(grace.ref, credentialDigest(grace.passkey.id), by);
    expect(people.credential(grace.passkey.id)).toBeUndefined();
    expect(evidence.of("person").at(-1)?.body).toMatchObject({
      action: "credential_removed",
      person: grace.ref,
    });
  });
});

describe("the page on which passkeys are made", () => {
  test("has a policy without exceptions, cannot be framed, and takes no query", async () => {
    const { ask, enrolOrigin } = await openPeopleWorld();
    const page = await ask(`${enrolOrigin}/people/enrol`);
    expect(page.status).toBe(200);
    expect(page.headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(page.headers["referrer-policy"]).toBe("no-referrer");
    expect(page.headers["cache-control"]).toBe("no-store");
    for (const path of ["/people/enrol?code=x", "/people/enrol/begin?", "/people", "/people/enrol/.."])
      expect((await ask(`${enrolOrigin}${path.replace("..", "%2e%2e")}`)).status).not.toBe(200);
  });

  test("is for its own origin: another Host or Origin, none, or another type of body is refused", async () => {
    const { ask, enrolOrigin, people } = await openPeopleWorld();
    const { code } = await people.invite({ name: "Grace", roles: [], identities: [] }, by);
    const json = { "content-type": "application/json" };
    const tries = [
      { ...json, origin: "https://evil.example" },
      { ...json },
      { ...json, origin: "null" },
      { ...json, origin: enrolOrigin, host: "evil.example" },
      { "content-type": "text/plain", origin: enrolOrigin },
    ];
    const answers = [];
    for (const headers of tries)
      answers.push(
        await ask(`${enrolOrigin}/people/enrol/begin`, { method: "POST", body: { code }, headers }),
      );
    expect(answers.map(({ json: { error } }) => error?.code)).toEqual([
      ...Array(4).fill("origin_refused"),
      "malformed_input",
    ]);
  });

  test("turns away whoever guesses codes, and says when to come again", async () => {
    const { post, enrolOrigin, clock, enrol, people } = await openPeopleWorld();
    const guess = () => post(`${enrolOrigin}/people/enrol/begin`, { code: "AAAA-AAAA-AAAA" });
    for (let i = 0; i < 20; i++) expect((await guess()).json.error?.code).toBe("join_code_invalid");
    const turned = await guess();
    expect([turned.status, turned.json.error?.code]).toEqual([429, "too_many_requests"]);
    clock.advance(Number(turned.headers["retry-after"]) * 1000);
    const { code } = await people.invite({ name: "Grace", roles: [], identities: [] }, by);
    expect((await enrol(code)).status).toBe(201);
  });
});
