import { randomId } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newWorkloadKey, signProof } from "../../../test/attestation/keys.ts";
import { agent, ISSUER, newRoom, type TestRoom } from "../../../test/attestation/room.ts";
import { createEnrolEndpoint } from "./enrol-endpoint.ts";
import { JOIN_CODE_LIFE_MS, JOIN_CODE_ROOM } from "./join-codes.ts";

const OPERATOR = randomId();
const reader = agent("reader", [{ method: "enrolment" }]);
let room: TestRoom;

beforeEach(async () => {
  room = await newRoom();
  room.registry.put(reader, agent("writer", [{ method: "enrolment" }]));
});
afterEach(() => room.close());

function wrong(code: string): string {
  return `${code.slice(0, -1)}${code.endsWith("A") ? "Q" : "A"}`;
}

describe("a join code", () => {
  test("makes one instance, bound to the key that was proven, on record before the answer", async () => {
    const { code } = await room.attestation.issueJoinCode("reader", OPERATOR);
    const key = await newWorkloadKey();
    const answer = await room.enrol(key, { agent: "reader", code, name: "build box" });
    expect(answer).toMatchObject({
      status: 201,
      headers: { "cache-control": "no-store" },
      body: { agent: "reader", jkt: key.jkt, assurance: "enrolled", issuer: ISSUER },
    });
    expect(room.attestation.instance("reader", key.jkt)).toMatchObject({ agent: "reader", jwk: key.jwk });
    expect(room.attestation.instance("writer", key.jkt)).toBeUndefined();
    const [leaf] = await room.leaves();
    expect(leaf).toMatchObject({
      agent: { id: reader.ref },
      body: { verdict: "accepted", method: "enrolment", jkt: key.jkt, instance: answer.body.instance },
    });
    expect(leaf?.id).toBe(room.attestation.instance("reader", key.jkt)?.entry);
  });

  test("is not used twice, be it at the same time", async () => {
    const { code } = await room.attestation.issueJoinCode("reader", OPERATOR);
    const keys = await Promise.all([newWorkloadKey(), newWorkloadKey(), newWorkloadKey()]);
    const answers = await Promise.all(keys.map((key) => room.enrol(key, { agent: "reader", code })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 401, 401]);
    expect(room.attestation.list()).toHaveLength(1);
    await room.restart();
    const late = await room.enrol(await newWorkloadKey(), { agent: "reader", code });
    expect(late.body.code).toBe("join_code_invalid");
  });

  test("is kept only as a salted digest", async () => {
    const { code } = await room.attestation.issueJoinCode("reader", OPERATOR);
    const [row] = await room.store.scan(JOIN_CODE_ROOM, { limit: 10 });
    expect(code.split(".")[1]).toHaveLength(22);
    expect(JSON.stringify(row)).not.toContain(code.split(".")[1]);
  });

  test("is void after fifteen minutes", async () => {
    const { code } = await room.attestation.issueJoinCode("reader", OPERATOR);
    room.clock.advance(JOIN_CODE_LIFE_MS);
    const answer = await room.enrol(await newWorkloadKey(), { agent: "reader", code });
    expect(answer).toMatchObject({ status: 401, body: { code: "join_code_invalid" } });
    expect(await room.store.scan(JOIN_CODE_ROOM, { limit: 10 })).toEqual([]);
  });

  test("is void after five wrong tries in all, over a restart too, and each is on record", async () => {
    const { code } = await room.attestation.issueJoinCode("reader", OPERATOR);
    const key = await newWorkloadKey();
    const attempts = [wrong(code), wrong(code), wrong(code)];
    for (const attempt of attempts) await room.enrol(key, { agent: "reader", code: attempt });
    await room.restart();
    // The right code with another agent's name is a wrong try as well.
    await room.enrol(key, { agent: "writer", code });
    await room.enrol(key, { agent: "reader", code: wrong(code) });
    const answer = await room.enrol(key, { agent: "reader", code });
    expect(answer.body.code).toBe("join_code_invalid");
    const leaves = await room.leaves();
    expect(leaves.map(({ body }) => body)).toEqual(
      Array.from({ length: 5 }, () => ({
        verdict: "refused",
        code: "join_code_invalid",
        method: "enrolment",
        jkt: key.jkt,
      })),
    );
    expect(leaves.every((leaf) => leaf.agent?.id === reader.ref)).toBe(true);
  });

  test("still works after four wrong tries and a restart", async () => {
    const { code } = await room.attestation.issueJoinCode("reader", OPERATOR);
    const key = await newWorkloadKey();
    for (let i = 0; i < 4; i++) await room.enrol(key, { agent: "reader", code: wrong(code) });
    await room.restart();
    expect((await room.enrol(key, { agent: "reader", code })).status).toBe(201);
  });

  test("nobody was given leaves no leaf", async () => {
    const key = await newWorkloadKey();
    for (const code of ["x", "AAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA", ""]) {
      const answer = await room.enrol(key, { agent: "reader", code });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    expect(await room.leaves()).toEqual([]);
  });

  test.each([
    ["suspended", agent("reader", [{ method: "enrolment" }], { state: "suspended" }), "agent_inactive"],
    ["expired", agent("reader", [{ method: "enrolment" }], { expires: 1 }), "agent_expired"],
    ["bound otherwise", agent("reader", []), "attestation_failed"],
  ] as const)("is neither given nor taken for an agent that is %s", async (_, changed, code) => {
    const issued = await room.attestation.issueJoinCode("reader", OPERATOR);
    room.registry.put(changed);
    await expect(room.attestation.issueJoinCode("reader", OPERATOR)).rejects.toMatchObject({ code });
    const answer = await room.enrol(await newWorkloadKey(), { agent: "reader", code: issued.code });
    expect(answer.body.code).toBe(code);
    expect((await room.leaves()).map(({ body }) => body)).toMatchObject([{ verdict: "refused", code }]);
  });

  test("binds no key that stands for another instance", async () => {
    const key = await newWorkloadKey();
    const first = await room.attestation.issueJoinCode("reader", OPERATOR);
    await room.enrol(key, { agent: "reader", code: first.code });
    const second = await room.attestation.issueJoinCode("reader", OPERATOR);
    const answer = await room.enrol(key, { agent: "reader", code: second.code });
    expect(answer.body.code).toBe("instance_bound");
    // The code is not used up: another key may take it.
    expect((await room.enrol(await newWorkloadKey(), { agent: "reader", code: second.code })).status).toBe(
      201,
    );
  });
});

describe("the endpoint", () => {
  const handle = async (body: string, dpop: string | undefined) =>
    createEnrolEndpoint({
      issuer: ISSUER,
      proofs: room.proofs,
      enrol: (request) => room.attestation.enrol(request),
    }).handle({ body: Buffer.from(body), dpop });

  test.each([
    ["no JSON", "agent=reader", "malformed_json"],
    ["a duplicate key", '{"agent":"a","agent":"b","code":"c"}', "malformed_json"],
    ["an unknown member", '{"agent":"a","code":"c","admin":true}', "malformed_input"],
    ["too much", JSON.stringify({ agent: "a", code: "c".repeat(5000) }), "malformed_json"],
    ["no code", '{"agent":"a"}', "malformed_input"],
    ["no proof", '{"agent":"a","code":"c"}', "invalid_dpop_proof"],
  ])("refuses %s without a leaf", async (_, body, code) => {
    const answer = await handle(body, undefined);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe(code);
    expect(await room.leaves()).toEqual([]);
  });

  test("asks for its nonce before it looks at the code", async () => {
    const { code } = await room.attestation.issueJoinCode("reader", OPERATOR);
    const key = await newWorkloadKey();
    const iat = Math.floor(room.clock.nowMs() / 1000);
    const dpop = await signProof(key, { htu: `${ISSUER}/enrol`, nonce: "of another boot", iat });
    const answer = await handle(JSON.stringify({ agent: "reader", code }), dpop);
    expect(answer.body.code).toBe("use_dpop_nonce");
    expect(answer.headers["dpop-nonce"]).toBe(room.proofs.nonce());
    expect((await room.enrol(key, { agent: "reader", code })).status).toBe(201);
  });

  test("refuses a proof for another body, for another address and one used before", async () => {
    const { code } = await room.attestation.issueJoinCode("reader", OPERATOR);
    const key = await newWorkloadKey();
    const iat = Math.floor(room.clock.nowMs() / 1000);
    const body = JSON.stringify({ agent: "reader", code });
    const nonce = room.proofs.nonce();
    const otherBody = await signProof(key, {
      htu: `${ISSUER}/enrol`,
      nonce,
      iat,
      body_sha256: "A".repeat(43),
    });
    const otherUrl = await signProof(key, { htu: `${ISSUER}/token`, nonce, iat });
    expect((await handle(body, otherBody)).body.code).toBe("invalid_dpop_proof");
    expect((await handle(body, otherUrl)).body.code).toBe("invalid_dpop_proof");
    const good = await signProof(key, { htu: `${ISSUER}/enrol`, nonce, iat });
    expect((await handle(body, good)).status).toBe(201);
    expect((await handle(body, good)).body.code).toBe("replayed");
  });
});

describe("an instance", () => {
  const enrolled = async () => {
    const { code } = await room.attestation.issueJoinCode("reader", OPERATOR);
    const key = await newWorkloadKey();
    const { body } = await room.enrol(key, { agent: "reader", code });
    return { key, ref: String(body.instance) };
  };

  test("is there after a restart", async () => {
    const { key, ref } = await enrolled();
    const before = room.attestation.instance("reader", key.jkt);
    await room.restart();
    expect(room.attestation.instance("reader", key.jkt)).toEqual(before);
    expect(room.attestation.list()).toMatchObject([{ ref, state: "live", method: "enrolment" }]);
  });

  test("is dead once revoked, over a restart, and its key with it", async () => {
    const { key, ref } = await enrolled();
    await room.attestation.revokeInstance(ref, { by: "operator", operator: OPERATOR, reason: "lost" });
    expect(room.attestation.instance("reader", key.jkt)).toBeUndefined();
    expect(room.containment.current(`instance:${ref}`)).toBe(1);
    await room.restart();
    expect(room.attestation.instance("reader", key.jkt)).toBeUndefined();
    expect(room.attestation.list()).toMatchObject([{ ref, state: "revoked" }]);
    const { code } = await room.attestation.issueJoinCode("reader", OPERATOR);
    expect((await room.enrol(key, { agent: "reader", code })).body.code).toBe("revoked");
    await expect(
      room.attestation.revokeInstance(randomId(), { by: "system", reason: "x" }),
    ).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("ends when its agent loses the binding, and not before", async () => {
    const { key } = await enrolled();
    room.registry.put({ ...reader, bindings: [] });
    expect(room.attestation.instance("reader", key.jkt)).toBeUndefined();
    expect(room.attestation.list()).toMatchObject([{ state: "unbound" }]);
    room.registry.put(reader);
    expect(room.attestation.instance("reader", key.jkt)).toBeDefined();
  });
});
