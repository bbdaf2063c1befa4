import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRefusal } from "../outcome.ts";
import { onlyOnce, parseForm } from "./parse-form.ts";

const FORM = "application/x-www-form-urlencoded";

describe("the form of a token request", () => {
  it.each([FORM, `${FORM};charset=UTF-8`, `${FORM}; charset="utf-8"`, FORM.toUpperCase()])(
    "is read when the media type is %s",
    (type) =>
      expect(parseForm("a=1&b=%C3%A9+x", type)).toEqual([
        ["a", "1"],
        ["b", "é x"],
      ]),
  );

  it.each([undefined, "", "application/json", "text/plain", `${FORM}; charset=utf-16`, `${FORM}, ${FORM}`])(
    "is refused when the media type is %s",
    (type) => expect(parseForm("a=1", type)).toMatchObject({ code: "invalid_request" }),
  );

  it.each([
    ["raw bytes beyond ASCII", "a=\u00e9"],
    ["a raw space", "a=b c"],
    ["a raw line break", "a=b\r\nc=d"],
    ["escapes that are not UTF-8", "a=%ff"],
    ["an overlong escape", "a=%c0%af"],
    ["an escaped surrogate", "a=%ed%a0%80"],
    ["too many parameters", Array.from({ length: 33 }, (_, i) => `p${i}=`).join("&")],
  ])("is refused with %s", (_name, form) => {
    expect(parseForm(form, FORM)).toMatchObject({ code: "invalid_request" });
  });

  it("may hold 32 parameters", () => {
    const form = Array.from({ length: 32 }, (_, i) => `p${i}=`).join("&");
    expect(parseForm(form, FORM)).toHaveLength(32);
  });

  it("says what any client wrote", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 }).filter((s) => !s.includes("\ufffd"));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 32 }), (sent) => {
        expect(parseForm(new URLSearchParams(sent).toString(), FORM)).toEqual(sent);
      }),
    );
  });

  it("gives a parameter one value, or none", () => {
    expect(
      onlyOnce([
        ["a", "1"],
        ["b", "2"],
      ]),
    ).toEqual(
      new Map([
        ["a", "1"],
        ["b", "2"],
      ]),
    );
    expect(
      isRefusal(
        onlyOnce([
          ["a", "1"],
          ["b", "2"],
          ["a", "1"],
        ]),
      ),
    ).toBe(true);
  });
});
