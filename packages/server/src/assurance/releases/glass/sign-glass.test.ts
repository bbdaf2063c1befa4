import { glassChallenge } from "@narrowgate/contracts";
import { expect, test } from "vitest";
import { bodyOf, type ReleaseWorld, releaseWorld } from "../../../../test/releases/release-world.ts";
import { nodeSha256 } from "../../../platform/crypto-hash/sha256.ts";

type Person = ReleaseWorld["four"]["pam"];

const inForce = ({ releases, registered }: ReleaseWorld) => releases.inForce(registered.agent);
const actions = ({ log }: ReleaseWorld) => log.of("release").map((leaf) => bodyOf(leaf)["action"]);

/** What the page asks a role to sign. */
async function asked({ releases }: ReleaseWorld, handle: string, role: string): Promise<string> {
  const described = await releases.describeGlass(handle);
  const choices = described !== undefined && "choices" in described ? described.choices : [];
  return choices.find((one) => one.role === role)?.sign ?? "";
}

/** Signs whatever it is given. */
function submit({ releases }: ReleaseWorld, handle: string, key: Person, text: string): Promise<string> {
  const signed = key.sign(text, { challenge: glassChallenge(nodeSha256, JSON.parse(text)) });
  return releases.answerGlass({ handle, credential: key.id, signed }).then(
    ({ kind }) => kind,
    (error: { code: string }) => error.code,
  );
}

/** A break-glass that one of two has signed. */
async function half() {
  const world = await releaseWorld();
  const { handle } = await world.askGlass();
  expect(await world.answerGlass(handle, world.four.pam, "pam")).toBe("break_glass");
  return { world, handle };
}

test("the second signature does not open where the first does not count any more", async () => {
  const { world, handle } = await half();
  world.people.remove(world.four.pam.ref);
  expect(await world.answerGlass(handle, world.four.security, "security")).toBe("signer_not_eligible");
  expect(inForce(world)).toMatchObject({ kind: "refused" });
});

test("the second signature does not open what is no longer what the first was for", async () => {
  const { world, handle } = await half();
  world.change((registered) => {
    registered.agent = { ...registered.agent, purpose: "pays out" };
  });
  expect(await world.answerGlass(handle, world.four.security, "security")).toBe("release_drifted");
  expect(inForce(world)).toMatchObject({ kind: "refused" });
});

test("nobody signs in a role that is not hers, first or second", async () => {
  const { world, handle } = await half();
  expect(await world.answerGlass(handle, world.four.iam, "security")).toBe("signer_not_eligible");
  expect(inForce(world)).toMatchObject({ kind: "refused" });
  const fresh = await releaseWorld();
  const other = await fresh.askGlass();
  expect(await fresh.answerGlass(other.handle, fresh.four.iam, "security")).toBe("signer_not_eligible");
  expect(actions(fresh)).toEqual(["glass_asked"]);
});

test("nobody signs for a longer time than is asked, nor for another one", async () => {
  const { world, handle } = await half();
  const text = await asked(world, handle, "security");
  const other = (more: object): string => JSON.stringify({ ...JSON.parse(text), ...more });
  for (const more of [{ seconds: 14_400 }, { id: "A".repeat(22) }])
    expect(await submit(world, handle, world.four.security, other(more))).toBe("approval_invalid");
  expect(actions(world)).toEqual(["glass_asked", "glass_signed"]);
  expect(await submit(world, handle, world.four.security, text)).toBe("break_glass");
});

test("a refusal of the second opens nothing, also on record", async () => {
  const { world, handle } = await half();
  const refused = await world.answerGlass(handle, world.four.security, "security", { kind: "refuse" });
  expect(refused).toBe("refuse_glass");
  expect(actions(world)).toEqual(["glass_asked", "glass_signed", "glass_refused"]);
  expect(inForce(world)).toMatchObject({ kind: "refused" });
});

test("a copy of a passkey is no signature", async () => {
  const { world, handle } = await half();
  world.people.countUse(world.four.security.id, 1_000_000);
  expect(await world.answerGlass(handle, world.four.security, "security")).toBe("approval_invalid");
  expect(inForce(world)).toMatchObject({ kind: "refused" });
});

test("a review is of exactly what was shown", async () => {
  const { world, handle } = await half();
  await world.answerGlass(handle, world.four.security, "security");
  world.clock.advance(3_600_000);
  const text = await asked(world, handle, "compliance");
  const found = { ...JSON.parse(text), findings: "nothing was done" };
  const other = JSON.stringify({ ...found, id: "A".repeat(22) });
  expect(await submit(world, handle, world.four.compliance, other)).toBe("approval_invalid");
  expect(await submit(world, handle, world.four.compliance, JSON.stringify(found))).toBe("review_glass");
});

test("a review is of what is over", async () => {
  const { world, handle } = await half();
  await world.answerGlass(handle, world.four.security, "security");
  world.clock.advance(3_600_000);
  const text = await asked(world, handle, "compliance");
  const found = JSON.stringify({ ...JSON.parse(text), findings: "nothing was done" });
  world.clock.set(world.clock.nowMs() - 1);
  expect(inForce(world)).toMatchObject({ kind: "released" });
  expect(await submit(world, handle, world.four.compliance, found)).toBe("approval_invalid");
  world.clock.advance(1);
  expect(await submit(world, handle, world.four.compliance, found)).toBe("review_glass");
});

test("nobody signs for another, neither to open it nor to review it", async () => {
  const { world, handle } = await half();
  const { iam, security, compliance } = world.four;
  const text = await asked(world, handle, "security");
  expect(await submit(world, handle, { ...iam, id: security.id }, text)).toBe("approval_invalid");
  expect(inForce(world)).toMatchObject({ kind: "refused" });
  expect(await submit(world, handle, security, text)).toBe("break_glass");
  world.clock.advance(3_600_000);
  const review = JSON.parse(await asked(world, handle, "compliance"));
  const found = JSON.stringify({ ...review, findings: "nothing was done" });
  expect(await submit(world, handle, { ...iam, id: compliance.id }, found)).toBe("approval_invalid");
  expect(actions(world).at(-1)).toBe("glass_opened");
});

test("of two reviews in one moment one counts", async () => {
  const { world, handle } = await half();
  await world.answerGlass(handle, world.four.security, "security");
  world.clock.advance(3_600_000);
  const review = JSON.parse(await asked(world, handle, "compliance"));
  const found = JSON.stringify({ ...review, findings: "nothing was done" });
  const two = [world.four.compliance, world.people.enrol("Another", ["compliance"])];
  const answers = await Promise.all(two.map((key) => submit(world, handle, key, found)));
  expect(answers.toSorted()).toEqual(["approval_invalid", "review_glass"]);
  expect(actions(world).filter((action) => action === "glass_reviewed")).toHaveLength(1);
});

test("what was refused says so to whoever signs it all the same", async () => {
  const { world, handle } = await half();
  const { security } = world.four;
  const text = await asked(world, handle, "security");
  await world.answerGlass(handle, security, "security", { kind: "refuse" });
  const signed = security.sign(text, { challenge: glassChallenge(nodeSha256, JSON.parse(text)) });
  await expect(world.releases.answerGlass({ handle, credential: security.id, signed })).rejects.toMatchObject(
    { code: "approval_invalid", publicMessage: "it was refused" },
  );
});
