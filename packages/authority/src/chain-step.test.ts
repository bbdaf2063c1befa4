import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Actor,
  type ActorChain,
  actorsOf,
  chainDepth,
  formatActorChain,
  outermostActor,
  parseActorChain,
} from "./actor-chain.ts";
import { checkChainStep, continueChain, rebindChain } from "./chain-step.ts";

const actor: fc.Arbitrary<Actor> = fc.record(
  {
    iss: fc.constantFrom("https://a.example", "https://b.example"),
    sub: fc.constantFrom("agent:a", "agent:b", "agent:c"),
    subProfile: fc.constantFrom("ai_agent", "service"),
  },
  { requiredKeys: ["iss", "sub"] },
);
const chain: fc.Arbitrary<ActorChain> = fc
  .tuple(actor, fc.array(actor, { maxLength: 7 }))
  .map(([first, rest]): ActorChain => [first, ...rest]);

describe("an actor chain", () => {
  it("is the same after it was written and read", () => {
    fc.assert(
      fc.property(chain, (layers) => {
        expect(parseActorChain(formatActorChain(layers))).toEqual(layers);
        expect(chainDepth(layers)).toBe(actorsOf(layers).length);
      }),
    );
  });

  it("has no depth and nobody in it when there is none", () => {
    expect([chainDepth(undefined), actorsOf(undefined)]).toEqual([0, []]);
  });

  it("keeps its history through a rebind, and passes the check of that step only (A-18)", () => {
    fc.assert(
      fc.property(fc.option(chain, { nil: undefined }), actor, (parent, next) => {
        const result = rebindChain(parent, next);
        if (result.kind === "refused") {
          expect(chainDepth(parent)).toBe(8);
          return;
        }
        const mode = result.kind === "rebound" ? "rebind" : "continuation";
        const other = result.kind === "rebound" ? "continuation" : "rebind";
        expect(checkChainStep(parent, result.chain, mode)).toEqual({ kind: "valid" });
        expect(checkChainStep(parent, result.chain, other).kind).toBe("invalid");
        expect(outermostActor(result.chain)).toMatchObject({ iss: next.iss, sub: next.sub });
        const before = result.kind === "rebound" ? result.chain.slice(1) : result.chain;
        expect(before).toEqual(actorsOf(parent));
      }),
    );
  });

  it("is unchanged by a continuation", () => {
    fc.assert(
      fc.property(chain, (layers) => {
        expect(checkChainStep(layers, continueChain(layers), "continuation")).toEqual({ kind: "valid" });
      }),
    );
  });

  it("of nine layers is no valid step, even if nobody parsed it (A-19)", () => {
    const layer = (i: number): Actor => ({ iss: "https://a.example", sub: `agent:${i}` });
    const eight: ActorChain = [layer(1), ...[2, 3, 4, 5, 6, 7, 8].map(layer)];
    expect(checkChainStep(eight, [layer(0), ...eight], "rebind")).toEqual({
      kind: "invalid",
      reason: "too_deep",
    });
  });
});
