import {
  canonicalBytes,
  isNarrowgateError,
  type JsonObject,
  manualClock,
  toBase64url,
  utf8,
} from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryEvidence } from "../../test/admin/memory-evidence.ts";
import {
  newOperatorKey,
  type OperatorKey,
  type Signing,
  signRequest,
} from "../../test/admin/operator-key.ts";
import { createEnrolmentCode } from "./enrolment-code.ts";
import { type Enrolment, type Operators, openOperators } from "./operators.ts";
import { parseOperatorKey } from "./stored-operator.ts";

const origin = "https://gate.example";
const startMs = 1_795_000_000_000;

async function openRoom(evidence = new MemoryEvidence(), clock = manualClock(startMs)) {
  const operators = await openOperators({ clock, evidence, state: evidence, origin });
  return { operators, evidence, clock, restart: () => openRoom(evidence, clock) };
}

type Room = Awaited<ReturnType<typeof openRoom>>;

const path = "/registry/apply";
const body = utf8('{"a":1}');
const seen = { method: "POST", path, body };

function enrolment(key: OperatorKey, { clock }: Room, name = "Grace", code?: string): Enrolment {
  const part = canonicalBytes({ name, jwk: key.jwk, ...(code === undefined ? {} : { code }) });
  const request = { method: "POST", path: "/operators", body: part };
  return {
    name,
    jwk: key.jwk,
    seen: request,
    signature: signRequest(key, { aud: origin, clock, ...request }),
  };
}

function signedBy(key: OperatorKey, { clock }: Room, more: Partial<Signing> = {}): string {
  return signRequest(key, { aud: origin, clock, ...seen, ...more });
}

async function enrolledRoom(): Promise<{ room: Room; key: OperatorKey }> {
  const room = await openRoom();
  const code = room.operators.offerFirst()?.shown ?? "";
  const key = newOperatorKey();
  await room.operators.enrolFirst(enrolment(key, room, "Ada", code), code);
  return { room, key };
}

async function codeOf(refused: Promise<unknown>): Promise<string> {
  const error = await refused.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isNarrowgateError(error) ? error.code : "accepted";
}

describe("the first operator", () => {
  test("is enrolled with the code from the terminal, and stands in the evidence", async () => {
    const { room, key } = await enrolledRoom();
    const [operator] = room.operators.list();
    expect(operator).toMatchObject({ name: "Ada", jkt: key.jkt });
    expect(room.evidence.of("operator")[0]).toMatchObject({
      id: operator?.entry,
      body: { action: "enrolled", operator: operator?.ref, jkt: key.jkt },
      content: { name: "Ada" },
    });
    expect(room.operators.offerFirst()).toBeUndefined();
    expect((await room.restart()).operators.list()).toEqual([operator]);
  });

  test("code is eight characters that nobody takes for others, and may be typed in lower case without dash", async () => {
    const room = await openRoom();
    const shown = room.operators.offerFirst()?.shown ?? "";
    expect(shown).toMatch(/^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/);
    const typed = shown.toLowerCase().replace("-", " ");
    await room.operators.enrolFirst(enrolment(newOperatorKey(), room, "Ada", typed), typed);
    expect(room.operators.list()).toHaveLength(1);
  });

  test("has five tries, and none after ten minutes", async () => {
    const room = await openRoom();
    const shown = room.operators.offerFirst()?.shown ?? "";
    const attempt = (code: string) =>
      codeOf(room.operators.enrolFirst(enrolment(newOperatorKey(), room, "A", code), code));
    for (let i = 0; i < 5; i++) expect(await attempt("AAAA-AAAA")).toBe("join_code_invalid");
    expect(await attempt(shown)).toBe("join_code_invalid");
    const second = room.operators.offerFirst()?.shown ?? "";
    room.clock.advance(10 * 60_000);
    expect(await attempt(second)).toBe("join_code_invalid");
    expect(room.operators.list()).toEqual([]);
  });

  test("needs a code that was offered, and is first only once", async () => {
    const room = await openRoom();
    const key = newOperatorKey();
    expect(await codeOf(room.operators.enrolFirst(enrolment(key, room, "A", "X"), "X"))).toBe(
      "join_code_invalid",
    );
    const code = room.operators.offerFirst()?.shown ?? "";
    const both = [newOperatorKey(), newOperatorKey()].map((one) =>
      codeOf(room.operators.enrolFirst(enrolment(one, room, "A", code), code)),
    );
    expect((await Promise.all(both)).sort()).toEqual(["accepted", "conflict"]);
  });

  test("shows the key: a signature of another key, or over another body, enrols nobody and costs no try", async () => {
    const room = await openRoom();
    const code = room.operators.offerFirst()?.shown ?? "";
    const [mine, other] = [newOperatorKey(), newOperatorKey()];
    for (let i = 0; i < 6; i++) {
      const stolen = { ...enrolment(other, room, "A", code), jwk: mine.jwk };
      expect(await codeOf(room.operators.enrolFirst(stolen, code))).toBe("operator_signature_invalid");
    }
    const part = enrolment(mine, room, "A", code);
    const signing = { aud: origin, clock: room.clock, ...part.seen, claims: { iss: other.jkt } };
    const unnamed = { ...part, signature: signRequest(mine, signing) };
    expect(await codeOf(room.operators.enrolFirst(unnamed, code))).toBe("operator_signature_invalid");
    const renamed = { ...enrolment(mine, room, "A", code), seen: { ...seen, path: "/operators" } };
    expect(await codeOf(room.operators.enrolFirst(renamed, code))).toBe("operator_signature_invalid");
    expect(await codeOf(room.operators.enrolFirst(enrolment(mine, room, "A", code), code))).toBe("accepted");
  });
});

test("an enrolment code is right once", () => {
  const { shown, take } = createEnrolmentCode(manualClock(startMs));
  expect([take(shown), take(shown)]).toEqual([true, false]);
});

describe("a signed request", () => {
  test("is taken once, by ref or by key, and its exact text is what the evidence gets", async () => {
    const { room, key } = await enrolledRoom();
    const ref = room.operators.list()[0]?.ref ?? "";
    const jws = signedBy(key, room);
    expect(await room.operators.verify(jws, seen)).toEqual({ operator: ref, jws });
    expect(await codeOf(room.operators.verify(jws, seen))).toBe("operator_signature_invalid");
    const named = signedBy(key, room, { claims: { iss: ref } });
    expect(await codeOf(room.operators.verify(named, seen))).toBe("accepted");
  });

  test("is taken once when it comes twice at the same time", async () => {
    const { room, key } = await enrolledRoom();
    const jws = signedBy(key, room);
    const both = await Promise.all([1, 2].map(() => codeOf(room.operators.verify(jws, seen))));
    expect(both.sort()).toEqual(["accepted", "operator_signature_invalid"]);
  });

  const now = startMs / 1000;
  test.each<[string, Partial<Signing>]>([
    ["for another instance", { aud: "https://other.example" }],
    ["for another path", { path: "/registry/plan" }],
    ["for the same path with a query", { path: `${path}?x=1` }],
    ["for another method", { method: "GET" }],
    ["over another body", { body: utf8('{"a":2}') }],
    ["of a minute ago", { claims: { iat: now - 61 } }],
    ["of the future", { claims: { iat: now + 6 } }],
    ["without algorithm", { header: { alg: "none" } }],
    ["with another algorithm", { header: { alg: "HS256" } }],
    ["of another type", { header: { typ: "dpop+jwt" } }],
    ["with a key of its own", { header: { jwk: {} } }],
    ["with a critical header", { header: { crit: ["b64"] } }],
    ["with a claim we do not know", { claims: { sub: "x" } }],
    ["with a short jti", { claims: { jti: "1" } }],
  ])("%s is refused", async (_, more) => {
    const { room, key } = await enrolledRoom();
    expect(await codeOf(room.operators.verify(signedBy(key, room, more), seen))).toBe(
      "operator_signature_invalid",
    );
  });

  test("of a key that is not enrolled is refused as such", async () => {
    const { room } = await enrolledRoom();
    expect(await codeOf(room.operators.verify(signedBy(newOperatorKey(), room), seen))).toBe(
      "operator_unknown",
    );
  });

  test("with any one character changed is refused", async () => {
    const { room, key } = await enrolledRoom();
    const jws = signedBy(key, room);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(jws.length - 1),
        fc.constantFrom("A", "b", "_", ".", "0"),
        async (at, character) => {
          fc.pre(jws[at] !== character);
          const changed = jws.slice(0, at) + character + jws.slice(at + 1);
          const code = await codeOf(room.operators.verify(changed, seen));
          expect(["operator_signature_invalid", "operator_unknown"]).toContain(code);
        },
      ),
      { numRuns: 200 },
    );
    expect(await codeOf(room.operators.verify(jws, seen))).toBe("accepted");
  });

  test("never throws anything but our refusals, whatever the text", async () => {
    const { room } = await enrolledRoom();
    const jsonish = fc.json().map((text) => toBase64url(utf8(text)));
    const text = fc.oneof(
      fc.string(),
      fc.tuple(jsonish, jsonish, jsonish).map((parts) => parts.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(text, async (jws) => {
        expect(["operator_signature_invalid", "operator_unknown"]).toContain(
          await codeOf(room.operators.verify(jws, seen)),
        );
      }),
    );
  });

  test("used before a restart is not taken after it", async () => {
    const { room, key } = await enrolledRoom();
    const jws = signedBy(key, room);
    await room.operators.verify(jws, seen);
    room.clock.advance(1500);
    const { operators } = await room.restart();
    expect(await codeOf(operators.verify(jws, seen))).toBe("operator_signature_invalid");
  });

  test("of a clock that runs ahead is not taken again after a restart either", async () => {
    const { room, key } = await enrolledRoom();
    const jws = signedBy(key, room, { claims: { iat: Math.floor(room.clock.nowMs() / 1000) + 5 } });
    await room.operators.verify(jws, seen);
    for (let second = 0; second < 4; second++) {
      room.clock.advance(1000);
      const { operators } = await room.restart();
      expect(await codeOf(operators.verify(jws, seen))).toBe("operator_signature_invalid");
    }
  });

  test("stays used to the last moment of its window, whenever memory is swept", async () => {
    const { room, key } = await enrolledRoom();
    for (let second = 0; second < 64; second++) {
      room.clock.advance(1000);
      await room.operators.verify(signedBy(key, room), seen);
    }
    const jws = signedBy(key, room, { claims: { iat: Math.floor(room.clock.nowMs() / 1000) + 5 } });
    await room.operators.verify(jws, seen);
    for (let half = 0; half < 140; half++) {
      room.clock.advance(500);
      await room.operators.verify(signedBy(key, room), seen);
      expect(await codeOf(room.operators.verify(jws, seen))).toBe("operator_signature_invalid");
    }
  });

  test("stays used for as long as its time window is open", async () => {
    const { room, key } = await enrolledRoom();
    const jws = signedBy(key, room, { claims: { iat: now + 5 } });
    await room.operators.verify(jws, seen);
    for (let second = 0; second < 70; second++) {
      room.clock.advance(1000);
      expect(await codeOf(room.operators.verify(jws, seen))).toBe("operator_signature_invalid");
      await room.operators.verify(signedBy(key, room), seen);
    }
  });
});

describe("further operators", () => {
  test("are enrolled by one who is, with the signature of both", async () => {
    const { room, key } = await enrolledRoom();
    const next = newOperatorKey();
    const by = await room.operators.verify(signedBy(key, room), seen);
    const operator = await room.operators.enrol(enrolment(next, room), by);
    expect(room.evidence.of("operator").at(-1)?.proof).toEqual({ request: by.jws });
    expect(await room.operators.verify(signedBy(next, room), seen)).toMatchObject({ operator: operator.ref });
    const again = room.operators.enrol(enrolment(next, room, "Again"), by);
    expect(await codeOf(again)).toBe("conflict");
  });

  test("sign nothing once removed, are never enrolled again under that key, and the last one stays", async () => {
    const { room, key } = await enrolledRoom();
    const next = newOperatorKey();
    const by = await room.operators.verify(signedBy(key, room), seen);
    const { ref } = await room.operators.enrol(enrolment(next, room), by);
    await room.operators.remove(ref, by);
    expect(room.evidence.of("operator").at(-1)?.body).toMatchObject({ action: "removed", operator: ref });
    const { operators } = await room.restart();
    for (const at of [room.operators, operators] satisfies Operators[]) {
      room.clock.advance(1000);
      expect(await codeOf(at.verify(signedBy(next, room), seen))).toBe("operator_unknown");
      expect(await codeOf(at.enrol(enrolment(next, room), by))).toBe("conflict");
      expect(await codeOf(at.remove(at.list()[0]?.ref ?? "", by))).toBe("conflict");
      expect(await codeOf(at.remove(ref, by))).toBe("not_found");
    }
  });

  test("removed while their signature is being checked sign nothing", async () => {
    const { room, key } = await enrolledRoom();
    const next = newOperatorKey();
    const by = await room.operators.verify(signedBy(key, room), seen);
    const { ref } = await room.operators.enrol(enrolment(next, room), by);
    const pending = codeOf(room.operators.verify(signedBy(next, room), seen));
    await room.operators.remove(ref, by);
    expect(await pending).toBe("operator_signature_invalid");
  });

  test("have P-256 keys without private part", () => {
    const { jwk, key } = newOperatorKey();
    const secret: JsonObject = JSON.parse(JSON.stringify(key.export({ format: "jwk" })));
    expect(parseOperatorKey({ ...jwk, kid: "x" })).toEqual(jwk);
    expect(() => parseOperatorKey(secret)).toThrow("malformed_input");
    expect(() => parseOperatorKey({ kty: "OKP", crv: "Ed25519", x: jwk.x })).toThrow("malformed_input");
  });
});
