import { describe, expect, test } from "vitest";
import { readSignIn, type SignInProviderConfig } from "./read-sign-in.ts";

const least = { id: "corp", issuer: "https://idp.example/", client_id: "console" };
const read = (...providers: readonly object[]): readonly SignInProviderConfig[] =>
  readSignIn({ providers }, (file) => `/srv/${file}`);

describe("providers to sign in with", () => {
  test("are none unless said, and take safe values where little is said", () => {
    expect([readSignIn(undefined, String), readSignIn({}, String)]).toEqual([[], []]);
    expect(read(least)).toEqual([
      {
        id: "corp",
        name: "corp",
        issuer: "https://idp.example/",
        clientId: "console",
        scope: "openid profile",
        subjectClaim: "sub",
        enrols: false,
      },
    ]);
  });

  test("have their secret in a file, their groups in a map, and the claim that names people", () => {
    const more = {
      name: "Corp",
      client_secret_file: "secret",
      scope: "openid groups",
      subject_claim: "oid",
      roles: { claim: "/groups", map: { "ng-sec": ["security", "approver"] } },
      enrol: true,
    };
    expect(read({ ...least, ...more })[0]).toMatchObject({
      name: "Corp",
      clientSecretFile: "/srv/secret",
      scope: "openid groups",
      subjectClaim: "oid",
      mapping: { claim: "/groups", roles: { "ng-sec": ["security", "approver"] } },
      enrols: true,
    });
  });

  test.each<[string, readonly object[]]>([
    ["a secret in the configuration", [{ ...least, client_secret: "x" }]],
    ["two of one id", [least, least]],
    ["an id that is no part of an address", [{ ...least, id: "../x" }]],
    ["an issuer with a user", [{ ...least, issuer: "https://u:p@idp.example" }]],
    ["an issuer that is no web address", [{ ...least, issuer: "file:///etc/passwd" }]],
    ["a role we do not know", [{ ...least, roles: { claim: "/groups", map: { a: ["root"] } } }]],
    ["an empty map", [{ ...least, roles: { claim: "/groups", map: {} } }]],
    ["a claim that is no pointer", [{ ...least, roles: { claim: "groups", map: { a: ["iam"] } } }]],
    ["more than eight", Array.from({ length: 9 }, (_, i) => ({ ...least, id: `p${i}` }))],
  ])("%s is refused", (_, providers) => {
    expect(() => read(...providers)).toThrow(expect.objectContaining({ code: "malformed_input" }));
  });
});
