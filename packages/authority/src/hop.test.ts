import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wireAuthority, wireBelow } from "../test/wire-arbitraries.ts";
import type { Authority } from "./authority.ts";
import type { HopMode } from "./chain-step.ts";
import { formatAuthority } from "./format-authority.ts";
import { checkHop, type HopInput, hop } from "./hop.ts";
import { intersect } from "./intersect.ts";
import { checkNarrowingProof, narrower } from "./narrower.ts";
import { parseAuthority, parseRequestedAuthority } from "./parse-authority.ts";

const bytes = (a: Authority): string => canonicalJson(formatAuthority(a));
const mode = fc.constantFrom<HopMode[]>("continuation", "rebind");

/** Makes authorities that are granted more often than not: ceilings are wide, and all have a scope and a resource. */
const bounds = fc.tuple(wireAuthority, wireAuthority, mode).chain(([parent, other, hopMode]) =>
  wireBelow(parent).map((below): [JsonObject, HopInput] => {
    const full = { scope: ["a:read", "a:write"], resource: ["https://gate.example/mcp/a"] };
    const all = { ...parent, ...full };
    const details = (sent: JsonObject) =>
      Array.isArray(sent.authorization_details) ? sent.authorization_details : [];
    const ceiling = { ...full, authorization_details: [...details(parent), ...details(other)] };
    return [
      { ...below, scope: ["a:read"], resource: full.resource },
      {
        parent: parseAuthority(all),
        actorCeiling: parseAuthority(ceiling),
        clientCeiling: parseAuthority(ceiling),
        mode: hopMode,
      },
    ];
  }),
);

describe("hop", () => {
  it("grants nothing that is wider than a bound, and proves it", () => {
    let granted = 0;
    fc.assert(
      fc.property(
        bounds,
        fc.subarray(["scope", "resource", "authorization_details"]),
        ([ask, input], parts) => {
          const requested = parseRequestedAuthority(
            Object.fromEntries(parts.map((part) => [part, ask[part]])),
          );
          const result = hop({ ...input, requested });
          if (result.kind === "refused") return;
          granted++;
          const { authority, proof } = result;
          expect(checkNarrowingProof(input.parent, authority, proof.parent)).toBe(true);
          expect(checkNarrowingProof(input.actorCeiling, authority, proof.actorCeiling)).toBe(true);
          expect(checkNarrowingProof(input.clientCeiling, authority, proof.clientCeiling)).toBe(true);
          expect(authority.scope.length * authority.resource.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1000 },
    );
    expect(granted).toBeGreaterThan(100);
  });

  it("lowers depth by a rebind and by nothing else (A-15)", () => {
    let rebound = 0;
    fc.assert(
      fc.property(bounds, ([, input]) => {
        const result = hop({ ...input, mode: "rebind" });
        if (result.kind === "refused") return;
        for (const [i, detail] of result.authority.details.entries()) {
          const source = input.parent.details[result.proof.parent.details[i] ?? -1];
          rebound++;
          expect(detail.depth).toBeLessThan(source?.depth ?? 0);
        }
      }),
    );
    expect(rebound).toBeGreaterThan(20);
  });

  it("gives the intersection when nothing is asked for", () => {
    fc.assert(
      fc.property(bounds, ([, bound]) => {
        const input: HopInput = { ...bound, mode: "continuation" };
        const result = hop(input);
        if (result.kind === "refused") return;
        const first = intersect(input.parent, input.actorCeiling);
        const both = first.kind === "authority" ? intersect(first.authority, input.clientCeiling) : first;
        expect(both.kind === "authority" && bytes(both.authority)).toBe(bytes(result.authority));
      }),
    );
  });

  it("is granted whatever is narrower than the intersection, and nothing else", () => {
    let granted = 0;
    fc.assert(
      fc.property(bounds, ([ask, input]) => {
        const most = hop(input);
        if (most.kind === "refused") return;
        const asked = parseAuthority(ask);
        const fits =
          narrower(most.authority, asked).kind === "narrower" &&
          (asked.details.length > 0 || input.parent.details.length === 0);
        const result = hop({ ...input, requested: parseRequestedAuthority(ask) });
        expect(result.kind).toBe(fits ? "granted" : "refused");
        if (result.kind === "granted") {
          granted++;
          expect(bytes(result.authority)).toBe(bytes(asked));
        }
      }),
      { numRuns: 1000 },
    );
    expect(granted).toBeGreaterThan(50);
  });
});

describe("checkHop", () => {
  it("confirms what hop granted, with the same proof", () => {
    fc.assert(
      fc.property(bounds, fc.boolean(), ([ask, input], asks) => {
        const asked: HopInput = asks ? { ...input, requested: parseRequestedAuthority(ask) } : input;
        const result = hop(asked);
        if (result.kind === "granted") expect(checkHop(asked, result.authority)).toEqual(result);
      }),
    );
  });

  it("confirms nothing that hop would not grant", () => {
    fc.assert(
      fc.property(bounds, wireAuthority, ([, input], forged) => {
        const authority = parseAuthority(forged);
        const confirmed = checkHop(input, authority).kind === "granted";
        if (confirmed) expect(narrower(input.parent, authority).kind).toBe("narrower");
        expect(confirmed).toBe(hop({ ...input, requested: authority }).kind === "granted");
      }),
    );
  });

  it("refuses more than was asked for", () => {
    const parent = parseAuthority({
      scope: ["a:read", "a:write"],
      resource: ["https://gate.example/mcp/a"],
      authorization_details: [],
    });
    const input: HopInput = {
      parent,
      actorCeiling: parent,
      clientCeiling: parent,
      mode: "continuation",
      requested: { scope: ["a:read"] },
    };
    expect(checkHop(input, parent)).toEqual({
      kind: "refused",
      violation: {
        bound: "requested",
        dimension: "scope",
        path: "/scope/1",
        parent: ["a:read"],
        child: "a:write",
      },
    });
  });

  it("names the bound that was exceeded before the request, so that whoever asks again learns the same", () => {
    const part = { resource: ["https://gate.example/mcp/a"], authorization_details: [] };
    const parent = parseAuthority({ ...part, scope: ["a:read"] });
    const granted = parseAuthority({ ...part, scope: ["a:read", "a:write"] });
    const input: HopInput = {
      parent,
      actorCeiling: granted,
      clientCeiling: granted,
      mode: "continuation",
      requested: { scope: ["a:read"] },
    };
    expect(checkHop(input, granted)).toMatchObject({ kind: "refused", violation: { bound: "parent" } });
  });
});
