import { concatBytes, fromBase64url, NarrowgateError, utf8 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { makePasskey, place } from "../../../test/approvals/passkey.ts";
import { nodeSha256 } from "../crypto-hash/sha256.ts";
import {
  checkPageSignature,
  type PageSignature,
  proofOf,
  readPageSignature,
  signCountOf,
} from "./page-signature.ts";

const signed = { statement: "{}", client_data: "e30", authenticator_data: "AA", signature: "AA" };

function signatureOf(passkey: ReturnType<typeof makePasskey>, count: number): PageSignature {
  const made = passkey.sign("{}", { challenge: "AA", count });
  return {
    message: concatBytes(fromBase64url(made.authenticator_data), nodeSha256(fromBase64url(made.client_data))),
    signature: fromBase64url(made.signature),
  };
}

describe("a signature of a page", () => {
  test.each(["ES256", "Ed25519"] as const)("is one of the passkey that made it: %s", (kind) => {
    const [passkey, other] = [makePasskey(place, kind), makePasskey(place, kind)];
    const made = signatureOf(passkey, 1);
    expect(() => checkPageSignature(passkey.jwk, made)).not.toThrow();
    const refusal = expect.objectContaining({
      code: "approval_invalid",
      publicMessage: "the signature of the passkey does not verify",
    });
    expect(() => checkPageSignature(other.jwk, made)).toThrow(refusal);
    const { message } = signatureOf(passkey, 2);
    expect(() => checkPageSignature(passkey.jwk, { ...made, message })).toThrow(refusal);
  });

  test("says how often the authenticator has signed", () => {
    expect(signCountOf(signatureOf(makePasskey(place), 7))).toBe(7);
  });

  test("counts in four bytes, wherever in memory they stand", () => {
    const memory = new Uint8Array(100).fill(0xee);
    memory.set([0x01, 0x02, 0x03, 0x04], 8 + 33);
    expect(signCountOf({ message: memory.subarray(8, 8 + 69) })).toBe(0x01020304);
  });
});

describe("what a person sent", () => {
  const read = { statement: "what it says", message: utf8("message"), signature: utf8("signature") };

  test("is given as it was read", () => {
    expect(readPageSignature(() => read)).toBe(read);
  });

  test("is refused where it was not signed here, and the reason is said", () => {
    const cause = new NarrowgateError("malformed_input", "/client_data/origin: is another");
    const refuse = (): never => {
      throw cause;
    };
    expect(() => readPageSignature(refuse)).toThrow(
      expect.objectContaining({
        code: "approval_invalid",
        publicMessage: "the signature is not one of this page: /client_data/origin: is another",
        cause,
      }),
    );
  });

  test("is not blamed for a failure of our own", () => {
    const failure = new RangeError("ours");
    const fail = (): never => {
      throw failure;
    };
    expect(() => readPageSignature(fail)).toThrow(failure);
  });

  test("is kept as evidence without anything that was sent along", () => {
    expect(proofOf({ ...signed, more: "x" })).toEqual(signed);
  });
});
