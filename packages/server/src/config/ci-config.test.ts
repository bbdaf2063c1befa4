import { describe, expect, it } from "vitest";
import { readCi } from "./ci-config.ts";

const issuer = "https://token.actions.githubusercontent.com";
const claims = { repository_id: "74", ref: ["refs/heads/main", "refs/heads/release"] };

describe("jobs that may ask", () => {
  it("are nobody unless the configuration names them", () => {
    expect(readCi(undefined)).toEqual([]);
    expect(readCi([{ agent: "reader", issuer, claims }])).toEqual([{ agent: "reader", issuer, claims }]);
  });

  it.each([
    [{ agent: "reader", issuer, claims: {} }, "/ci/0/claims"],
    [{ agent: "reader", issuer, claims: { ref: "refs/heads/main" } }, "whose repository"],
    [{ agent: "reader", issuer, claims: { repository_id: 74 } }, "/ci/0/claims/repository_id"],
    [{ agent: "reader", issuer, claims: { repository_id: [] } }, "/ci/0/claims/repository_id"],
    [{ agent: "reader", issuer, claims: ["repository_id"] }, "/ci/0/claims"],
    [{ agent: "reader", claims }, "/ci/0/issuer"],
    [{ agent: "reader", issuer, claims, secret: "x" }, "/ci/0"],
  ])("are refused as %j, by the path", (rule, path) => {
    expect(() => readCi([rule])).toThrow(path);
  });
});
