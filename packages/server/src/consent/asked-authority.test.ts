import { describe, expect, it } from "vitest";
import { agentRecord, FILES, ISSUER, MAIL } from "../../test/sts/step-world.ts";
import { ASKED_PARAMETER, askedAuthority, readAsked, takeAsked } from "./asked-authority.ts";

const taken = (query: string) => {
  const result = takeAsked(new URLSearchParams(query));
  if ("kind" in result) throw new TypeError(result.description);
  return result;
};
const within = { nowMs: 1_795_000_000_000, serverUrl: (server: string) => `${ISSUER}/mcp/${server}` };

describe("what a client sends", () => {
  it("is parted: the provider sees its own, and carries ours as one text", () => {
    const { inner, asked } = taken(
      `client_id=a&state=s&scope=openid+files:read&resource=${FILES}&resource=${MAIL}&purpose=tidy&case=C-1&client_assertion=x&login_hint=`,
    );
    expect(asked).toEqual({ scope: "files:read", resource: [FILES, MAIL], purpose: "tidy", case: "C-1" });
    expect(readAsked(inner.get(ASKED_PARAMETER))).toEqual(asked);
    inner.delete(ASKED_PARAMETER);
    expect(inner.toString()).toBe("client_id=a&state=s&scope=openid+mandate");
  });

  it.each(["scope=a&scope=b", "purpose=a&purpose=b", "dpop_jkt=a&dpop_jkt=a", `${ASKED_PARAMETER}={}`])(
    "is refused with %s",
    (query) => {
      expect(takeAsked(new URLSearchParams(query))).toMatchObject({ code: "invalid_request" });
    },
  );

  it.each([
    ["a purpose of two lines", { purpose: "a\nb" }],
    ["a purpose that turns text around", { purpose: "a\u202eb" }],
    ["a long purpose", { purpose: "a".repeat(301) }],
    ["a case with blanks", { case: "a b" }],
    ["no thumbprint", { dpop_jkt: "short" }],
    ["too many resources", { resource: Array.from({ length: 17 }, (_, at) => `https://a.example/${at}`) }],
    ["something unknown", { more: "x" }],
  ])("is malformed with %s", (_, asked) => {
    expect(() => readAsked(JSON.stringify(asked))).toThrow();
  });
});

describe("the authority that is asked for", () => {
  const agent = agentRecord("a");

  it("is the ceiling where nothing is named, and what is out of reach is left out of it", () => {
    expect(askedAuthority({}, agent, within)).toMatchObject({
      kind: "asked",
      authority: { resource: [FILES, MAIL] },
    });
    const one = askedAuthority({ resource: [MAIL] }, agent, within);
    expect(one).toMatchObject({ kind: "asked", authority: { resource: [MAIL], details: [] } });
  });

  it.each([
    ["a scope", { scope: "admin" }, "invalid_scope"],
    ["a resource", { resource: ["https://elsewhere.example"] }, "invalid_target"],
    [
      "details",
      { authorization_details: '[{"type":"mcp_tool","server":"files","tools":["rm"]}]' },
      "invalid_authorization_details",
    ],
    ["details that are none", { authorization_details: "{" }, "invalid_authorization_details"],
  ])("is refused beyond the ceiling: %s", (_, asked, code) => {
    expect(askedAuthority(asked, agent, within)).toMatchObject({ kind: "refused", code });
  });
});
