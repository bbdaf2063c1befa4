import { createHash, createPublicKey, verify } from "node:crypto";
import { canonicalJson, isNarrowgateError, type JsonObject, utf8 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import action from "../../../../test/vectors/approval/action.json" with { type: "json" };
import ceremony from "../../../../test/vectors/approval/ceremony.json" with { type: "json" };
import challenges from "../../../../test/vectors/approval/challenge.json" with { type: "json" };
import rendered from "../../../../test/vectors/approval/rendered.json" with { type: "json" };
import statements from "../../../../test/vectors/approval/statement.json" with { type: "json" };
import {
  type ApprovalStatement,
  actionDigest,
  formatStatement,
  isSameAction,
  type PublicJwk,
  parseAction,
  parsePublicJwk,
  parseStatement,
  type ReadStatement,
  rawSignature,
  readLabel,
  readSignedStatement,
  renderAction,
  renderedDigest,
  statementChallenge,
} from "../index.ts";

const sha256 = (data: Uint8Array): Uint8Array => createHash("sha256").update(data).digest();

/** Code, and place where the message names one. */
function refusal(run: () => unknown): { readonly code: string; readonly path: string } | undefined {
  try {
    run();
    return undefined;
  } catch (cause) {
    if (!isNarrowgateError(cause)) throw cause;
    return { code: cause.code, path: /^(?:\w+: )?(\/\S*):/.exec(cause.publicMessage)?.[1] ?? "" };
  }
}

describe("actions", () => {
  test.each(action.accepted)("$name", ({ action: value, canonical, digest }) => {
    const read = parseAction(value);
    expect(canonicalJson(read)).toBe(canonical);
    expect(actionDigest(sha256, read)).toBe(digest);
  });
  test.each(action.same)("same or not: $name", ({ a, b, same }) => {
    expect(isSameAction(parseAction(a), parseAction(b))).toBe(same);
  });
  test.each(action.refused)("refused: $name", ({ action: value, code, path }) => {
    expect(refusal(() => parseAction(value))).toEqual({ code, path });
  });
});

describe("statements", () => {
  test.each(statements.accepted)("$name", ({ statement, text }) => {
    const read = parseStatement(utf8(text));
    expect(read).toEqual(statement);
    expect(new TextDecoder().decode(formatStatement(read))).toBe(text);
  });
  test.each(statements.refused)("refused: $name", ({ text, code, path }) => {
    expect(refusal(() => parseStatement(utf8(text)))).toEqual({ code, path });
  });
  test.each(challenges.cases)("challenge of $name", ({ text, challenge }) => {
    expect(statementChallenge(sha256, parseStatement(utf8(text)))).toBe(challenge);
  });
});

describe("what is shown", () => {
  test.each(rendered.cases)("$name", ({ action: value, labels, reason, rows, digest }) => {
    const shown = renderAction(parseAction(value), reason, readLabel(labels, ""));
    expect(shown).toEqual(rows);
    expect(renderedDigest(sha256, shown)).toBe(digest);
  });
});

function holds(jwk: PublicJwk, { message, signature }: ReadStatement): boolean {
  if (jwk.kty === "RSA") return false;
  const raw = jwk.kty === "EC" ? rawSignature(signature) : signature;
  try {
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    if (jwk.kty === "OKP") return verify(null, message, key, raw);
    return verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, raw);
  } catch {
    return false;
  }
}

interface Case {
  readonly place: { readonly origin: string; readonly rp_id: string };
  readonly jwk: JsonObject;
  readonly at: number;
  readonly signed: unknown;
}

/** The whole of section 3, as a verifier goes through it. */
function check({ place, jwk, at, signed }: Case): ApprovalStatement | "unverified" | "late" {
  const read = readSignedStatement(sha256, signed, { origin: place.origin, rpId: place.rp_id });
  if (!holds(parsePublicJwk(jwk), read)) return "unverified";
  return at < read.statement.not_after ? read.statement : "late";
}

describe("ceremonies", () => {
  test.each(ceremony.accepted)("$name", (one) => {
    expect(check(one)).toMatchObject({ v: 1 });
  });
  test.each(ceremony.refused)("refused: $name", ({ code, path, ...one }) => {
    const thrown = refusal(() => check(one));
    expect(thrown ?? { code: check(one), path: "" }).toEqual({ code, path });
  });
});
