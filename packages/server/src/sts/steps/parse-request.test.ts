import { describe, expect, it } from "vitest";
import { isRefusal } from "../outcome.ts";
import { steps } from "../steps.ts";
import { checkGrant } from "./check-grant.ts";
import { GRANTS, parseTokenRequest, TOKEN_TYPES } from "./parse-request.ts";

const FORM = "application/x-www-form-urlencoded";
const parse = (form: string) => parseTokenRequest(form, FORM);
const types = "grant_type=x&subject_token=s&subject_token_type=t";

describe("a token request", () => {
  it("has each parameter once, targets as often as they are sent, and nothing that is unknown", () => {
    const form = "grant_type=x&scope=a+b&resource=r1&audience=u&resource=r2&more=1&more=2";
    expect(parse(form)).toEqual({
      grant: "x",
      params: new Map([
        ["grant_type", "x"],
        ["scope", "a b"],
      ]),
      targets: ["r1", "u", "r2"],
    });
  });

  it.each([
    "client_id",
    "client_assertion",
    "client_assertion_type",
    "scope",
    "authorization_details",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
    "assertion",
    "mandate",
    "grant_type",
  ])("is refused when %s is repeated, also with the same value or none", (name) => {
    for (const again of ["1", "2", ""])
      expect(parse(`grant_type=x&${name}=1&${name}=${again}`)).toMatchObject({
        code: "invalid_request",
        description: expect.stringContaining(name),
      });
  });

  it("is refused when it is no form, and without a grant; one without a value is none", () => {
    expect(parseTokenRequest("grant_type=x", "application/json")).toMatchObject({ code: "invalid_request" });
    for (const form of ["", "scope=a", "grant_type="])
      expect(parse(form)).toMatchObject({ description: expect.stringContaining("grant_type") });
    expect(parse("grant_type=x&scope=")).toMatchObject({ params: new Map([["grant_type", "x"]]) });
  });

  it("asks for a type that is issued, or for none", () => {
    const asking = (type: string) => parse(`grant_type=x&requested_token_type=${encodeURIComponent(type)}`);
    for (const type of [TOKEN_TYPES.accessToken, TOKEN_TYPES.jwt])
      expect(asking(type)).toMatchObject({ grant: "x" });
    expect(asking("urn:ietf:params:oauth:token-type:refresh_token")).toMatchObject({
      code: "invalid_request",
      description: expect.stringContaining("requested_token_type"),
    });
  });

  it.each(["subject_token", "actor_token"])("gives %s and its type together", (name) => {
    for (const alone of [name, `${name}_type`]) {
      expect(parse(`grant_type=x&${alone}=1`)).toMatchObject({
        code: "invalid_request",
        description: expect.stringContaining(name),
      });
    }
    expect(parse(types)).toMatchObject({ grant: "x" });
  });

  it("is for one of our grants", () => {
    const check = (grant: string) =>
      checkGrant({
        form: "",
        contentType: FORM,
        dpop: undefined,
        url: "",
        request: { grant, params: new Map(), targets: [] },
      });
    for (const grant of Object.values(GRANTS)) expect(isRefusal(check(grant))).toBe(false);
    expect(check("authorization_code")).toMatchObject({ code: "unsupported_grant_type" });
  });
});

describe("a list of steps", () => {
  it("gives each step what the one before gave, and ends with the first refusal and where it was", async () => {
    const seen: object[] = [];
    const list = steps<{ readonly a: number }, string>()
      .step("b", (stage, port) => {
        seen.push(stage);
        return { ...stage, b: port };
      })
      .step("c", (stage) =>
        stage.a === 1 ? { kind: "refused", code: "invalid_request" } : { ...stage, c: 1 },
      )
      .step("d", async (stage) => {
        seen.push(stage);
        return stage;
      });
    expect(list.names).toEqual(["b", "c", "d"]);
    expect(await list.run({ a: 1 }, "port")).toEqual({
      kind: "refused",
      refusal: { kind: "refused", code: "invalid_request" },
      at: "c",
      reached: { a: 1, b: "port" },
    });
    expect(await list.run({ a: 2 }, "port")).toEqual({ kind: "done", stage: { a: 2, b: "port", c: 1 } });
    expect(seen).toEqual([{ a: 1 }, { a: 2 }, { a: 2, b: "port", c: 1 }]);
  });
});
