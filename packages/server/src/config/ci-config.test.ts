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
    [{ agent: "reader", issuer, claims: { ref: "refs/heads/main" } }, "whose project"],
    [{ agent: "reader", issuer, claims, own_issuer: true }, "/ci/0/own_issuer"],
    [{ agent: "reader", issuer, claims, own_issuer: "yes" }, "/ci/0/own_issuer"],
    [{ agent: "reader", issuer, claims: { repository_id: 74 } }, "/ci/0/claims/repository_id"],
    [{ agent: "reader", issuer, claims: { repository_id: [] } }, "/ci/0/claims/repository_id"],
    [{ agent: "reader", issuer, claims: ["repository_id"] }, "/ci/0/claims"],
    [{ agent: "reader", claims }, "/ci/0/issuer"],
    [{ agent: "reader", issuer, claims, secret: "x" }, "/ci/0"],
  ])("are refused as %j, by the path", (rule, path) => {
    expect(() => readCi([rule])).toThrow(path);
  });

  const pinned: readonly (readonly [string, readonly string[]])[] = [
    ["https://token.actions.githubusercontent.com/acme", ["repository"]],
    ["https://gitlab.com", ["project_id"]],
    ["https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc", ["repositoryUuid"]],
    ["https://oidc.circleci.com/org/0b1", ["oidc.circleci.com/project-id"]],
    ["https://agent.buildkite.com", ["organization_slug", "pipeline_slug"]],
    ["https://vstoken.dev.azure.com/0b1", ["sub"]],
  ];
  const valuesOf = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, "x"]));

  it.each(pinned)("of %s, where everybody has jobs, are held to %j", (shared, names) => {
    const rule = { agent: "reader", issuer: shared };
    const whole = { ...rule, claims: valuesOf(names) };
    expect(readCi([whole])).toEqual([whole]);
    for (const left of names) {
      const others = valuesOf(names.filter((name) => name !== left));
      const claims = { ...others, ref: "refs/heads/main", iss: shared };
      expect(() => readCi([{ ...rule, claims }])).toThrow("whose project");
      expect(() => readCi([{ ...rule, claims, own_issuer: true }])).toThrow("/ci/0/");
    }
  });

  it("of any other issuer name a claim that says whose they are, or that the issuer is one's own", () => {
    const rule = { agent: "reader", issuer: "https://git.acme.example", claims: { aud: "gate" } };
    expect(() => readCi([rule])).toThrow("own_issuer");
    expect(() => readCi([{ ...rule, own_issuer: false }])).toThrow("own_issuer");
    expect(readCi([{ ...rule, own_issuer: true }])).toEqual([rule]);
    expect(readCi([{ ...rule, claims: { project_id: "7" } }])).toHaveLength(1);
    // Another host that begins alike is no shared issuer.
    const other = { ...rule, issuer: "https://gitlab.com.acme.example", claims: { ref: "main" } };
    expect(readCi([other])).toHaveLength(1);
  });
});
