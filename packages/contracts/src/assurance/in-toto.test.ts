import { readFileSync } from "node:fs";
import { fromBase64, fromUtf8, toBase64url, utf8 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { type Form, fits, readForm } from "../../test/proto-form.ts";
import { preAuthEncoding } from "./certificate.ts";

const DSSE = readForm("Envelope", ["envelope.proto"]);
const STATEMENT = readForm("Statement", ["statement.proto", "resource_descriptor.proto"]);

const file = new URL("../../../../test/vectors/assurance/release.json", import.meta.url);
const { certificate } = JSON.parse(readFileSync(file, "utf8"));
const [{ envelope, message }] = certificate.accepted;
const statement = JSON.parse(fromUtf8(fromBase64(envelope.payload)));

describe("a certificate in the eyes of others", () => {
  test("is read by schemas that have every member", () => {
    const members = (form: Form) =>
      typeof form === "object" && "message" in form ? Object.keys(form.message) : [];
    expect(members(DSSE)).toEqual(["payload", "payloadType", "signatures"]);
    expect(members(STATEMENT)).toEqual(["_type", "subject", "predicateType", "predicate"]);
  });

  test("is a DSSE envelope by the schema of its publisher", () => {
    expect(fits(DSSE, envelope)).toBe(true);
    expect(fits(DSSE, { ...envelope, further: "x" })).toBe(false);
    expect(fits(DSSE, { ...envelope, signatures: [{ sig: 1 }] })).toBe(false);
    expect(toBase64url(preAuthEncoding(envelope.payloadType, fromBase64(envelope.payload)))).toBe(message);
  });

  test("is signed over the pre-authentication encoding: byte lengths, not characters", () => {
    const encoded = (type: string, payload: string) => fromUtf8(preAuthEncoding(type, utf8(payload)));
    expect(encoded("http://example.com/HelloWorld", "hello world")).toBe(
      "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
    );
    expect(encoded("text/ä", "ß")).toBe("DSSEv1 7 text/ä 2 ß");
  });

  test("holds an in-toto Statement v1 by the schema of its publisher", () => {
    expect(fits(STATEMENT, statement)).toBe(true);
    expect(fits(STATEMENT, { ...statement, subject: [{ name: 1 }] })).toBe(false);
    expect(fits(STATEMENT, { ...statement, predicate: [] })).toBe(false);
    const [subject] = statement.subject;
    expect(fits(STATEMENT, { ...statement, subject: [{ ...subject, mediaType: "text/plain" }] })).toBe(true);
    expect(fits(STATEMENT, { ...statement, subject: [{ ...subject, media_type: "text/plain" }] })).toBe(
      false,
    );
    expect(statement._type).toBe("https://in-toto.io/Statement/v1");
    expect(() => new URL(statement.predicateType)).not.toThrow();
  });

  test("names each subject once, by a digest in lower-case hex, as whoever looks one up needs it", () => {
    const names = statement.subject.map(({ name }: { readonly name: string }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { digest } of statement.subject) {
      expect(Object.keys(digest)).toEqual(["sha256"]);
      expect(digest.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});
