import { GLASS_REVIEW_MS, glassChallenge, releaseChallenge } from "@narrowgate/contracts";
import { beforeEach, describe, expect, test } from "vitest";
import { bodyOf, type ReleaseWorld, releaseWorld, signed } from "../../../../test/releases/release-world.ts";
import { nodeSha256 } from "../../../platform/crypto-hash/sha256.ts";

let world: ReleaseWorld;
beforeEach(async () => {
  world = await releaseWorld();
});

const inForce = () => world.releases.inForce(world.registered.agent);
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );

async function opened(seconds = 3600): Promise<string> {
  const { handle } = await world.askGlass(seconds);
  await world.answerGlass(handle, world.four.pam, "pam");
  expect(await world.answerGlass(handle, world.four.security, "security")).toBe("open");
  return handle;
}

const bodyOfDraft = ({ body }: { readonly body: object }): object => body;
const actions = (): unknown[] => world.log.of("release").map((leaf) => bodyOf(leaf)["action"]);

describe("an agent without a release", () => {
  test("is let through by two people, one of them for security, until the time is over", async () => {
    const { handle } = await world.askGlass(600);
    expect(await world.answerGlass(handle, world.four.pam, "pam")).toBe("break_glass");
    expect(inForce()).toMatchObject({ kind: "refused" });
    expect(await world.answerGlass(handle, world.four.security, "security")).toBe("open");
    const found = inForce();
    const untilMs = world.clock.nowMs() + 600_000;
    expect(found).toMatchObject({ kind: "released", untilMs });
    expect(actions()).toEqual(["glass_asked", "glass_signed", "glass_signed", "glass_opened"]);
    const deployment = bodyOf(world.log.of("release").at(-1))["deployment"];
    expect(found.kind === "released" && found.deployment).toBe(deployment);
    world.clock.advance(600_000);
    expect(inForce()).toMatchObject({ kind: "refused", code: "release_required" });
  });

  test("loses it with the agent: ended by the commit that suspends it, reviewed like any other", async () => {
    const { agent } = world.registered;
    expect(world.releases.glassEndsWith(agent.ref, signed)).toBeUndefined();
    await opened();
    const end = world.releases.glassEndsWith(agent.ref, signed);
    expect(end?.drafts.map(bodyOfDraft)).toEqual([expect.objectContaining({ action: "glass_ended" })]);
    expect(end?.changes).toHaveLength(1);
    // Nothing has ended before that commit is on its way.
    expect(inForce()).toMatchObject({ kind: "released" });
    end?.apply();
    expect(inForce()).toMatchObject({ kind: "refused", code: "release_required" });
    expect(world.releases.glasses()[0]).toMatchObject({ state: "due" });
    expect(world.releases.glassEndsWith(agent.ref, signed)).toBeUndefined();
  });

  test("loses what was asked for it with it: nothing of that is signed, then or once it is active again", async () => {
    const { agent } = world.registered;
    const [half, fresh] = [await world.askGlass(), await world.askGlass()];
    expect(await world.answerGlass(half.handle, world.four.pam, "pam")).toBe("break_glass");
    const handle = await opened();
    const end = world.releases.glassEndsWith(agent.ref, signed);
    expect(end?.drafts.map(bodyOfDraft)).toEqual(
      [half.id, fresh.id, expect.any(String)].map((proposal) =>
        expect.objectContaining({ action: "glass_ended", proposal }),
      ),
    );
    expect(new Set(end?.changes.map(({ key }) => key)).size).toBe(3);
    end?.apply();
    for (const { handle: gone } of [half, fresh])
      expect(await world.answerGlass(gone, world.four.security, "security")).toBe("withdrawn");
    const states = world.releases.glasses().map(({ state }) => state);
    expect(states.toSorted()).toEqual(["due", "withdrawn", "withdrawn"]);
    // What nobody was let through by has nothing to review.
    await world.answerGlass(handle, world.four.compliance, "compliance", { findings: "fine" });
    expect(await codeOf(world.askGlass())).toBe("done");
    expect(world.releases.glassEndsWith(agent.ref, signed)?.drafts).toHaveLength(1);
  });

  test("has what could not be signed any more left as it was", async () => {
    const { agent } = world.registered;
    const refused = await world.askGlass();
    await world.answerGlass(refused.handle, world.four.pam, "pam", { kind: "refuse" });
    await world.askGlass();
    world.clock.advance(3_600_000);
    expect(world.releases.glassEndsWith(agent.ref, signed)).toBeUndefined();
  });

  test.each(["suspended", "retired"] as const)(
    "is asked for and signed by nobody while it is %s",
    async (state) => {
      const { handle } = await world.askGlass();
      expect(await world.answerGlass(handle, world.four.pam, "pam")).toBe("break_glass");
      const become = (of: "active" | "suspended" | "retired"): void =>
        world.change((registered) => {
          registered.agent = { ...registered.agent, state: of };
        });
      become(state);
      expect(await codeOf(world.askGlass())).toBe("conflict");
      for (const role of ["iam", "security"] as const)
        expect(await world.answerGlass(handle, world.four[role], role)).toBe("approval_invalid");
      expect(world.refusals.at(-1)).toContain(state);
      expect(actions()).toEqual(["glass_asked", "glass_signed"]);
      // Nobody is kept from refusing.
      expect(await world.answerGlass(handle, world.four.iam, "iam", { kind: "refuse" })).toBe("refuse_glass");
      become("active");
      expect(await codeOf(world.askGlass())).toBe("done");
    },
  );

  test("is not suspended while it is asked for", async () => {
    world.foundAs = (found) => {
      world.change((of) => Object.assign(of.agent, { state: "suspended" }));
      return found;
    };
    expect(await codeOf(world.askGlass())).toBe("conflict");
    expect(actions()).toEqual([]);
  });

  test("is not let through by two without security, and not by one person in two roles", async () => {
    const { handle } = await world.askGlass();
    const both = world.people.enrol("Both", ["pam", "security"]);
    expect(await world.answerGlass(handle, both, "pam")).toBe("break_glass");
    expect(await world.answerGlass(handle, both, "security")).toBe("signer_not_eligible");
    expect(await world.answerGlass(handle, world.four.iam, "iam")).toBe("break_glass");
    expect(inForce()).toMatchObject({ kind: "refused" });
    expect(await world.answerGlass(handle, world.four.security, "security")).toBe("open");
  });

  test.each([
    ["who asked", "Olga", []],
    ["the owner, by a linked account", "Ona", ["mailto:owner@example.test"]],
    ["the deputy, by her name", "deputy@example.test", []],
  ] as const)("is not let through by %s", async (_, name, identities) => {
    const { handle } = await world.askGlass();
    const barred = world.people.enrol(name, ["security"], identities);
    expect(await world.answerGlass(handle, barred, "security")).toBe("signer_not_eligible");
  });

  test("is not let through by two people in one role", async () => {
    const { handle } = await world.askGlass();
    const two = ["One", "Two"].map((name) => world.people.enrol(name, ["security"]));
    const described = await world.releases.describeGlass(handle);
    const choices = described !== undefined && "choices" in described ? described.choices : [];
    const text = choices.find(({ role }) => role === "security")?.sign ?? "";
    const answers = two.map((key) => {
      const signature = key.sign(text, { challenge: glassChallenge(nodeSha256, JSON.parse(text)) });
      return codeOf(world.releases.answerGlass({ handle, credential: key.id, signed: signature }));
    });
    expect(await Promise.all(answers)).toEqual(["done", "approval_invalid"]);
    expect(inForce()).toMatchObject({ kind: "refused" });
  });

  test("is not let through once one of them refuses, or after an hour", async () => {
    const first = await world.askGlass();
    expect(await world.answerGlass(first.handle, world.four.pam, "pam", { kind: "refuse" })).toBe(
      "refuse_glass",
    );
    expect(await world.answerGlass(first.handle, world.four.security, "security")).toBe("refused");
    const second = await world.askGlass();
    world.clock.advance(3_600_000);
    expect(await world.answerGlass(second.handle, world.four.security, "security")).toBe("expired");
  });

  test("is let through for four hours at most", async () => {
    expect(await codeOf(world.askGlass(4 * 3600))).toBe("done");
    expect(await codeOf(world.askGlass(4 * 3600 + 1))).toBe("malformed_input");
  });

  test("is not let through by what was signed under a release", async () => {
    const release = await world.propose();
    const { handle } = await world.askGlass();
    const shown = world.releases.describe(release.handle);
    const statement = shown?.state === "open" ? (shown.choices[0]?.sign ?? "") : "";
    const key = world.four.security;
    const challenge = releaseChallenge(nodeSha256, JSON.parse(statement));
    const answer = { handle, credential: key.id, signed: key.sign(statement, { challenge }) };
    expect(await codeOf(world.releases.answerGlass(answer))).toBe("approval_invalid");
  });

  test("is not asked for where a release lets it through", async () => {
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    await world.releases.promote(id, signed);
    expect(await codeOf(world.askGlass())).toBe("conflict");
  });
});

describe("what was let through", () => {
  test("is let through by one at a time, so that one roll-back stops it", async () => {
    const [first, second] = [await world.askGlass(), await world.askGlass()];
    await opened();
    for (const { handle } of [first, second]) {
      expect(await world.answerGlass(handle, world.four.pam, "pam")).toBe("break_glass");
      expect(await world.answerGlass(handle, world.four.security, "security")).toBe("approval_invalid");
    }
    await world.releases.rollBack({ agent: "refunds", reason: "stop" }, signed);
    expect(inForce()).toMatchObject({ kind: "refused" });
  });

  test("does not open beside a release, and hides none from a roll-back", async () => {
    const { handle } = await world.askGlass();
    const release = await world.propose();
    await world.signAll(release.handle);
    await world.releases.promote(release.id, signed);
    await world.answerGlass(handle, world.four.pam, "pam");
    expect(await world.answerGlass(handle, world.four.security, "security")).toBe("approval_invalid");
    const { owner } = world.registered.agent;
    world.change((of) => Object.assign(of.agent, { owner: "somebody else" }));
    await opened();
    expect(inForce()).toHaveProperty("untilMs");
    world.change((of) => Object.assign(of.agent, { owner }));
    expect(inForce()).not.toHaveProperty("untilMs");
    await world.releases.rollBack({ agent: "refunds", reason: "it errs" }, signed);
    expect(inForce()).toMatchObject({ kind: "refused", code: "release_required" });
    expect(actions().slice(-2)).toEqual(["glass_ended", "deactivated"]);
  });

  test("ends at once by a roll-back, with its tokens", async () => {
    await opened();
    const found = inForce();
    const deployment = found.kind === "released" ? found.deployment : "";
    await world.releases.rollBack({ agent: "refunds", reason: "it errs" }, signed);
    expect(inForce()).toMatchObject({ code: "release_required" });
    expect(world.epochs.get(`release:${deployment}`)).toBe(1);
  });

  test("ends when a signed release takes its place", async () => {
    await opened();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    await world.releases.promote(id, signed);
    expect(inForce()).not.toHaveProperty("untilMs");
    expect(actions().at(-1)).toBe("glass_ended");
  });

  test("stops where what is registered is not what was signed", async () => {
    await opened();
    world.change((of) => Object.assign(of.agent, { owner: "somebody else" }));
    expect(inForce()).toMatchObject({ kind: "refused" });
  });

  test("is there again after a restart", async () => {
    await opened();
    const before = inForce();
    world = await world.restart();
    const untilMs = before.kind === "released" ? before.untilMs : undefined;
    expect(inForce()).toMatchObject({ kind: "released", untilMs });
  });
});

describe("its review", () => {
  test("is forced: before it there is no further one, whether it was asked for since or before", async () => {
    const other = await world.askGlass();
    expect(await world.answerGlass(other.handle, world.four.pam, "pam")).toBe("break_glass");
    const handle = await opened(60);
    expect(await world.answerGlass(handle, world.four.compliance, "compliance", { findings: "fine" })).toBe(
      "open",
    );
    world.clock.advance(60_000);
    expect(await codeOf(world.askGlass())).toBe("glass_unreviewed");
    expect(await world.answerGlass(other.handle, world.four.security, "security")).toBe("approval_invalid");
    world.clock.advance(GLASS_REVIEW_MS);
    expect(await codeOf(world.askGlass())).toBe("glass_unreviewed");
    expect(world.releases.glasses().find(({ overdue }) => overdue === true)).toBeDefined();
    expect(
      await world.answerGlass(handle, world.four.compliance, "compliance", {
        findings: "all of it was asked for",
      }),
    ).toBe("review_glass");
    expect(await codeOf(world.askGlass())).toBe("done");
    expect(world.releases.glasses().find(({ review }) => review !== undefined)).toMatchObject({
      state: "reviewed",
      review: { role: "compliance", findings: "all of it was asked for" },
    });
  });

  test("is not signed by who let it through, and not without findings", async () => {
    const handle = await opened(60);
    world.clock.advance(60_000);
    expect(await world.answerGlass(handle, world.four.security, "security", { findings: "fine" })).toBe(
      "signer_not_eligible",
    );
    expect(await world.answerGlass(handle, world.four.compliance, "compliance", { findings: "" })).toBe(
      "approval_invalid",
    );
    expect(await world.answerGlass(handle, world.four.iam, "iam", { findings: "fine" })).toBe("not asked");
  });
});
