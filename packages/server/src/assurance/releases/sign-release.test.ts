import { parseReleaseStatement, type ReleaseRole, releaseChallenge } from "@narrowgate/contracts";
import { utf8 } from "@narrowgate/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { bodyOf, type ReleaseWorld, releaseWorld, signed } from "../../../test/releases/release-world.ts";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";

type Key = ReleaseWorld["four"]["pam"];

let world: ReleaseWorld;
let handle: string;
beforeEach(async () => {
  world = await releaseWorld();
  ({ handle } = await world.propose());
});

/** What the page asks a role to sign. */
function asked(role: ReleaseRole, kind: "sign" | "refuse" = "sign"): string {
  const described = world.releases.describe(handle);
  const choices = described?.state === "open" ? described.choices : [];
  return choices.find((one) => one.role === role)?.[kind] ?? "";
}

/** Hands in what a key signed, as that of a credential. */
function submit(text: string, key: Key, { id: credential }: Pick<Key, "id"> = key, at = handle) {
  const challenge = releaseChallenge(nodeSha256, parseReleaseStatement(utf8(text)));
  return world.releases.sign({ handle: at, credential, signed: key.sign(text, { challenge }) }).then(
    ({ kind, missing }) => [kind, ...missing],
    (error: { code: string }) => error.code,
  );
}

const actions = (): unknown[] => world.log.of("release").map((leaf) => bodyOf(leaf)["action"]);

describe("a signature under a release", () => {
  test("counts for one role, and says which are missing", async () => {
    const { pam, iam } = world.four;
    expect(await submit(asked("pam"), pam)).toEqual(["sign_release", "compliance", "iam", "security"]);
    expect(await submit(asked("iam"), iam)).toEqual(["sign_release", "compliance", "security"]);
    expect(bodyOf(world.log.of("release").at(-1))).toMatchObject({
      action: "signed",
      role: "iam",
      person: iam.ref,
      credential: iam.digest,
    });
  });

  test("is of a passkey that is enrolled, for this page, and that signed it", async () => {
    const { pam, iam } = world.four;
    const elsewhere = world.people.enrol("Else", ["pam"], [], "other.example.test");
    const text = asked("pam");
    expect(await submit(text, pam, { id: "A".repeat(22) })).toBe("approval_invalid");
    expect(await submit(text, elsewhere)).toBe("approval_invalid");
    expect(await submit(text, iam, pam)).toBe("approval_invalid");
    expect(actions()).toEqual(["proposed"]);
    expect(world.refusals).toEqual([]);
  });

  test("is of a person who is there", async () => {
    const text = asked("pam");
    world.people.remove(world.four.pam.ref);
    expect(await submit(text, world.four.pam)).toBe("approval_invalid");
    expect(actions()).toEqual(["proposed"]);
  });

  test("is of this release and of nothing else, and who signed something else is told of", async () => {
    const text = asked("pam");
    const other = JSON.stringify({ ...JSON.parse(text), rendered: "A".repeat(43) });
    expect(await submit(other, world.four.pam)).toBe("approval_invalid");
    expect(world.refusals).toEqual(["what was signed is another release than this one"]);
    expect(await submit(text, world.four.pam, world.four.pam, "A".repeat(43))).toBe("approval_invalid");
    expect(actions()).toEqual(["proposed"]);
  });

  test("is made on the page of this instance, and says why it is none otherwise", async () => {
    const { pam } = world.four;
    const text = asked("pam");
    const challenge = releaseChallenge(nodeSha256, parseReleaseStatement(utf8(text)));
    const elsewhere = pam.sign(text, { challenge, origin: "https://elsewhere.example.test" });
    await expect(
      world.releases.sign({ handle, credential: pam.id, signed: elsewhere }),
    ).rejects.toMatchObject({
      code: "approval_invalid",
      publicMessage: expect.stringMatching(/^the signature is not one of this page: ./),
      cause: expect.anything(),
    });
    expect(actions()).toEqual(["proposed"]);
  });

  test("counts once for a role, whoever has it", async () => {
    const two = ["One", "Two"].map((name) => world.people.enrol(name, ["pam"]));
    const text = asked("pam");
    const answers: unknown[] = [];
    for (const key of two) answers.push(await submit(text, key));
    expect(answers.at(-1)).toBe("approval_invalid");
    expect(world.refusals).toEqual(["this role has signed already"]);
    expect(actions()).toEqual(["proposed", "signed"]);
  });

  test("is none when there is a copy of the passkey", async () => {
    const { pam } = world.four;
    world.people.countUse(pam.id, 1_000_000);
    expect(await submit(asked("pam"), pam)).toBe("approval_invalid");
    expect(actions()).toEqual(["proposed"]);
  });

  test("is taken as long as the release is open, and no longer", async () => {
    const text = asked("pam");
    world.clock.advance(7 * 24 * 3_600_000);
    expect(await submit(text, world.four.pam)).toBe("approval_invalid");
    expect(actions()).toEqual(["proposed"]);
  });

  test("is there once it is durable, and not before", async () => {
    const text = asked("pam");
    const goOn = world.log.stall();
    let isTold = false;
    const signing = submit(text, world.four.pam).then(() => {
      isTold = true;
    });
    for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    expect([actions().at(-1), isTold]).toEqual(["signed", false]);
    goOn();
    await signing;
  });
});

describe("a refusal", () => {
  test("ends it: nothing is missing any more, and nobody signs", async () => {
    const text = asked("iam");
    expect(await submit(asked("pam", "refuse"), world.four.pam)).toEqual(["refuse_release"]);
    expect(await submit(text, world.four.iam)).toBe("approval_invalid");
    expect(actions()).toEqual(["proposed", "refused"]);
    const [proposal] = world.releases.list();
    await expect(world.releases.promote(String(proposal?.["id"]), signed)).rejects.toMatchObject({
      code: "conflict",
    });
    expect(proposal).toMatchObject({ state: "refused", signed: [] });
  });
});
