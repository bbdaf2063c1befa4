import { readFileSync } from "node:fs";
import { fromBase64, fromUtf8, type JsonObject, toBase64url, utf8 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { preAuthEncoding } from "./certificate.ts";

/**
 * The forms that in-toto (Statement v1) and DSSE publish as Protocol Buffers, in their JSON mapping: names, and what a
 * value may be. Neither publishes a JSON schema.
 */
type Form =
  | "string"
  | "bytes"
  | "struct"
  | { readonly list: Form }
  | { readonly map: Form }
  | { readonly message: Readonly<Record<string, Form>> };

const DSSE: Form = {
  message: {
    payload: "bytes",
    payloadType: "string",
    signatures: { list: { message: { sig: "bytes", keyid: "string" } } },
  },
};
const DESCRIPTOR: Form = {
  message: {
    name: "string",
    uri: "string",
    digest: { map: "string" },
    content: "bytes",
    downloadLocation: "string",
    mediaType: "string",
    annotations: "struct",
  },
};
const STATEMENT: Form = {
  message: { _type: "string", subject: { list: DESCRIPTOR }, predicateType: "string", predicate: "struct" },
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fits(form: Form, value: unknown): boolean {
  if (form === "string") return typeof value === "string";
  if (form === "bytes")
    return typeof value === "string" && Buffer.from(value, "base64").toString("base64") === value;
  if (form === "struct") return isObject(value);
  if ("list" in form) return Array.isArray(value) && value.every((item) => fits(form.list, item));
  if (!isObject(value)) return false;
  return Object.entries(value).every(([name, item]) => {
    const known = "map" in form ? form.map : form.message[name];
    return known !== undefined && fits(known, item);
  });
}

const file = new URL("../../../../test/vectors/assurance/release.json", import.meta.url);
const { certificate } = JSON.parse(readFileSync(file, "utf8"));
const [{ envelope, message }] = certificate.accepted;
const statement = JSON.parse(fromUtf8(fromBase64(envelope.payload)));

describe("a certificate in the eyes of others", () => {
  test("is a DSSE envelope", () => {
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

  test("holds an in-toto Statement v1", () => {
    expect(fits(STATEMENT, statement)).toBe(true);
    expect(fits(STATEMENT, { ...statement, subject: [{ name: 1 }] })).toBe(false);
    expect(fits(STATEMENT, { ...statement, predicate: [] })).toBe(false);
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
