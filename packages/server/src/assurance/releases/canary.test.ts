import { drawsCanary } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { bodyOf, type ReleaseWorld, releaseWorld, signed } from "../../../test/releases/release-world.ts";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );
const roll = { agent: "refunds", reason: "it errs" };

let world: ReleaseWorld;
let first: string;

async function proposed(): Promise<string> {
  const { id, handle } = await world.propose();
  await world.signAll(handle);
  return id;
}

const newPolicies = (): void =>
  world.change((of) => of.policies.push("permit(principal, action, resource) when { true };"));
const nameOf = (id: string): string => String(world.releases.show(id)["deployment"]);
const under = (asked: { mandate?: string; deployment?: string }): string => {
  const found = world.releases.inForce(world.registered.agent, asked);
  return found.kind === "released" ? found.deployment : found.code;
};
const mandates = Array.from({ length: 400 }, () => randomId());
/** Mandates of which a new token would be of that release. */
const drawnTo = (name: string): number => mandates.filter((mandate) => under({ mandate }) === name).length;

beforeEach(async () => {
  world = await releaseWorld();
  first = await proposed();
  await world.releases.promote(first, signed);
  newPolicies();
});

describe("a canary", () => {
  test("has its share of the mandates, each for good, and its tokens are of it", async () => {
    const second = await proposed();
    expect(await world.releases.promote(second, signed, 10)).toMatchObject({ state: "canary", share: 10 });
    const [old, canary] = [nameOf(first), nameOf(second)];
    const drawn = drawnTo(canary);
    expect(drawn).toBeGreaterThan(4);
    expect(drawn).toBeLessThan(90);
    expect(drawnTo(old)).toBe(mandates.length - drawn);
    expect([under({ deployment: canary }), under({ deployment: old }), under({})]).toEqual([
      canary,
      old,
      old,
    ]);
    expect(bodyOf(world.log.of("release").at(-1))).toMatchObject({ action: "canary", share: 10 });
    world = await world.restart();
    expect(drawnTo(canary)).toBe(drawn);
  });

  test("is promoted to all, and the release before is over", async () => {
    const second = await proposed();
    await world.releases.promote(second, signed, 50);
    newPolicies();
    expect(await world.releases.promote(second, signed)).toMatchObject({ state: "active" });
    expect(drawnTo(nameOf(second))).toBe(mandates.length);
    expect(world.releases.show(first)).toMatchObject({ state: "past" });
    expect(world.releases.show(second)).not.toHaveProperty("share");
    const [ended, begun] = world.log.of("release").slice(-2).map(bodyOf);
    expect([ended?.["action"], begun?.["action"]]).toEqual(["deactivated", "activated"]);
    expect(begun).not.toHaveProperty("evaluation");
  });

  test("that was taken back while it was being promoted to all stays taken back", async () => {
    const second = await proposed();
    await world.releases.promote(second, signed, 50);
    world.whileCertified = async () => {
      world.whileCertified = async () => undefined;
      await world.releases.rollBack(roll, signed);
    };
    expect(await codeOf(world.releases.promote(second, signed))).toBe("conflict");
    expect(drawnTo(nameOf(first))).toBe(mandates.length);
  });

  test("is promoted to all as it was signed: nothing is certified of what drifted, nor in force", async () => {
    const second = await proposed();
    await world.releases.promote(second, signed, 50);
    const { owner } = world.registered.agent;
    const drift = (to: string): void => world.change((of) => Object.assign(of.agent, { owner: to }));
    world.whileCertified = async () => drift("somebody");
    expect(await codeOf(world.releases.promote(second, signed))).toBe("release_drifted");
    world.whileCertified = async () => expect.unreachable("what drifted is not certified");
    expect(await codeOf(world.releases.promote(second, signed))).toBe("release_drifted");
    drift(owner);
    expect(world.releases.show(second)).toMatchObject({ state: "canary" });
  });

  test("is taken back alone: its tokens are revoked, and its mandates go on under the release beside it", async () => {
    const second = await proposed();
    await world.releases.promote(second, signed, 50);
    const canary = nameOf(second);
    expect(await world.releases.rollBack(roll, signed)).toMatchObject({
      ended: { id: second },
      active: { id: first },
    });
    expect(world.epochs.get(`release:${canary}`)).toBe(1);
    expect(world.announced).toEqual([`release:${canary}`]);
    expect(drawnTo(nameOf(first))).toBe(mandates.length);
    expect(under({ deployment: canary })).toBe(nameOf(first));
    expect(await codeOf(world.releases.promote(second, signed))).toBe("conflict");
  });

  test("stands alone beside one release, and nothing else comes into force meanwhile", async () => {
    const second = await proposed();
    await world.releases.promote(second, signed, 5);
    const third = await proposed();
    expect(await codeOf(world.releases.promote(third, signed))).toBe("conflict");
    expect(await codeOf(world.releases.promote(third, signed, 5))).toBe("conflict");
    expect(await codeOf(world.releases.rollBack({ ...roll, to: first }, signed))).toBe("conflict");
  });

  test.each([0, -1, 51, 1.5, Number.NaN])(
    "of %s percent is none, and nothing is evaluated for it",
    async (share) => {
      const second = await proposed();
      world.whileJudged = () => expect.unreachable("a share out of bounds is seen before anything else");
      await expect(world.releases.promote(second, signed, share)).rejects.toMatchObject({
        code: "malformed_input",
        publicMessage: "/canary: a share is 1 to 50 percent",
      });
    },
  );

  test.each([1, 50])("of %s percent is one", async (share) => {
    expect(await world.releases.promote(await proposed(), signed, share)).toMatchObject({ share });
  });

  test("is another deployment than the one it stands beside, whose tokens would end with its own", async () => {
    world.change((of) => of.policies.pop());
    await expect(world.releases.promote(await proposed(), signed, 10)).rejects.toMatchObject({
      code: "conflict",
      publicMessage: "the release in force is this very deployment",
    });
  });

  test("is held to what is registered once its controls are evaluated, and not only before", async () => {
    const second = await proposed();
    world.whileJudged = () => world.change((of) => of.policies.push("forbid(principal, action, resource);"));
    expect(await codeOf(world.releases.promote(second, signed, 10))).toBe("release_drifted");
    expect(drawnTo(nameOf(second))).toBe(0);
  });

  test("keeps the evaluation that let it by", async () => {
    await world.releases.promote(await proposed(), signed, 10);
    expect(world.keptOf.at(-1)).toBe(world.log.of("assurance").at(-1)?.draft.id);
  });

  test("needs the four as any release, and one to stand beside", async () => {
    const { id } = await world.propose();
    expect(await codeOf(world.releases.promote(id, signed, 10))).toBe("release_not_signed");
    const alone = await releaseWorld();
    const only = await alone.propose();
    await alone.signAll(only.handle);
    expect(await codeOf(alone.releases.promote(only.id, signed, 10))).toBe("conflict");
  });

  test.each([
    [
      "a wider ceiling",
      (of) => void Object.assign(of.agent, { ceiling: { ...of.agent.ceiling, scope: "pay more" } }),
    ],
    [
      "a tool less",
      (of) => void Object.assign(of, { server: { ...of.server, tools: of.server.tools.slice(1) } }),
    ],
  ] as [string, (of: ReleaseWorld["registered"]) => void][])(
    "with %s is refused, and told why",
    async (_, change) => {
      world.change(change);
      const second = await proposed();
      await expect(world.releases.promote(second, signed, 10)).rejects.toThrow(
        /would lose .*: a canary differs from the release in force in policies/,
      );
      expect(await codeOf(world.releases.promote(second, signed, 10))).toBe("release_drifted");
    },
  );

  test("that drifts gets no tokens, and nor does the release beside it", async () => {
    await world.releases.promote(await proposed(), signed, 50);
    world.change((of) => void Object.assign(of.agent, { owner: "somebody" }));
    expect(drawnTo("release_drifted")).toBe(mandates.length);
  });
});

test("a draw is as likely as its share says, and the same for the same mandate", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer(), (share, seed) => {
      const drawn = Array.from({ length: 400 }, (_, i) => `mandate ${i}`).filter((mandate) =>
        drawsCanary(nodeSha256, `deployment ${seed}`, mandate, share),
      );
      // Six standard deviations of a binomial draw: beyond them is a fault.
      const spread = 6 * Math.sqrt(400 * (share / 100) * (1 - share / 100));
      expect(Math.abs(drawn.length - 4 * share)).toBeLessThan(spread + 1);
      const isStill = (mandate: string) => drawsCanary(nodeSha256, `deployment ${seed}`, mandate, 50);
      expect(drawn.every(isStill)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
