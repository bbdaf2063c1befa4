import { generateKeyPairSync } from "node:crypto";
import { parsePublicJwk } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { coseToJwk, jwkToCose } from "./cose-key.ts";
import { relyingParty } from "./relying-party.ts";

describe("a relying party", () => {
  test.each([
    ["http://localhost:7421", undefined, "localhost"],
    ["http://approve.localhost:1", undefined, "approve.localhost"],
    ["https://approve.gate.example", undefined, "approve.gate.example"],
    ["https://approve.gate.example", "gate.example", "gate.example"],
    ["https://approve.gate.example:8443", "approve.gate.example", "approve.gate.example"],
  ])("%s with %s is bound to %s", (origin, rpId, expected) => {
    expect(relyingParty(origin, "/o", rpId)).toEqual({ origin, rpId: expected });
  });

  test.each([
    ["http://127.0.0.1:1", undefined],
    ["https://10.0.0.1", undefined],
    ["https://[::1]", undefined],
    ["https://2130706433", undefined],
    ["http://gate.example", undefined],
    ["https://gate.example/", undefined],
    ["https://gate.example/x", undefined],
    ["https://GATE.example", undefined],
    ["https://u@gate.example", undefined],
    ["wss://gate.example", undefined],
    ["gate.example", undefined],
    ["https://gate.example", "example"],
    ["https://gate.example", "other.example"],
    ["https://gate.example", "ate.example"],
    ["https://gate.example", "approve.gate.example"],
  ])("%s with %s is refused", (origin, rpId) => {
    expect(() => relyingParty(origin, "/o", rpId)).toThrow(
      expect.objectContaining({ code: "malformed_input" }),
    );
  });
});

describe("the key of a passkey", () => {
  test.each([
    ["P-256", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["Ed25519", () => generateKeyPairSync("ed25519")],
  ])("of %s is the same as JWK and as COSE", (_, make) => {
    const jwk = parsePublicJwk(make().publicKey.export({ format: "jwk" }));
    expect(coseToJwk(jwkToCose(jwk))).toEqual(jwk);
  });

  test.each<[string, readonly (readonly [number, unknown])[]]>([
    [
      "another curve",
      [
        [1, 2],
        [3, -7],
        [-1, 2],
        [-2, new Uint8Array(32)],
        [-3, new Uint8Array(32)],
      ],
    ],
    [
      "another algorithm",
      [
        [1, 2],
        [3, -257],
        [-1, 1],
        [-2, new Uint8Array(32)],
        [-3, new Uint8Array(32)],
      ],
    ],
    [
      "a short coordinate",
      [
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, new Uint8Array(31)],
        [-3, new Uint8Array(32)],
      ],
    ],
    [
      "no coordinate",
      [
        [1, 1],
        [3, -8],
        [-1, 6],
      ],
    ],
    ["nothing", []],
  ])("with %s is refused", (_, members) => {
    expect(() => coseToJwk(new Map(members))).toThrow(expect.objectContaining({ code: "malformed_input" }));
  });

  test("is never RSA", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    expect(() => jwkToCose(parsePublicJwk(publicKey.export({ format: "jwk" })))).toThrow(
      expect.objectContaining({ code: "malformed_input" }),
    );
  });
});
