import { readCertificate, type ServerRecord, type ToolRecord } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import {
  bodyOf,
  freshlyKept,
  type ReleaseWorld,
  releaseWorld,
  signed,
} from "../../../test/releases/release-world.ts";

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );

async function promoted(): Promise<ReleaseWorld & { readonly first: string }> {
  const world = await releaseWorld();
  const { id, handle } = await world.propose();
  await world.signAll(handle);
  await world.releases.promote(id, signed);
  return Object.assign(world, { first: id });
}

const inForce = ({ releases, registered }: ReleaseWorld) => releases.inForce(registered.agent);

describe("without a release", () => {
  test("an agent gets nothing", async () => {
    expect(inForce(await releaseWorld())).toMatchObject({ kind: "refused", code: "release_required" });
  });

  test("a proposal alone changes nothing, and nor do three signatures", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    expect(await world.answer(handle, world.four.iam, "iam")).toBe("compliance,pam,security");
    await world.answer(handle, world.four.pam, "pam");
    await world.answer(handle, world.four.security, "security");
    expect(await codeOf(world.releases.promote(id, signed))).toBe("release_not_signed");
    expect(inForce(world)).toMatchObject({ code: "release_required" });
  });
});

describe("four people", () => {
  test("bring a release into force, with a certificate of exactly what they signed", async () => {
    const world = await promoted();
    const found = inForce(world);
    expect(found.kind).toBe("released");
    const leaf = world.log.of("release").at(-1);
    expect(bodyOf(leaf)).toMatchObject({ action: "activated", proposal: world.first });
    const { predicate } = readCertificate(leaf?.draft.content?.["certificate"]);
    expect(predicate.deployment).toBe(found.kind === "released" ? found.deployment : "");
    expect(predicate.signatures.map(({ role }) => role)).toEqual(["compliance", "iam", "pam", "security"]);
    expect(world.log.of("release").map((one) => bodyOf(one)["action"])).toEqual([
      "proposed",
      "signed",
      "signed",
      "signed",
      "signed",
      "activated",
    ]);
  });

  test("are four: nobody signs in two roles", async () => {
    const world = await releaseWorld();
    const { handle } = await world.propose();
    const both = world.people.enrol("Both", ["iam", "pam"]);
    expect(await world.answer(handle, both, "iam")).toBe("compliance,pam,security");
    expect(await world.answer(handle, both, "pam")).toBe("signer_not_eligible");
    expect(world.refusals).toHaveLength(1);
  });

  test.each([
    ["the author", "Olga", []],
    ["the owner, by a linked account", "Ona", ["mailto:owner@example.test"]],
    ["the deputy, by her name", "DEPUTY@example.test ", []],
  ] as const)("are never %s", async (_, name, identities) => {
    const world = await releaseWorld();
    const { handle } = await world.propose();
    const barred = world.people.enrol(name, ["iam"], identities);
    expect(await world.answer(handle, barred, "iam")).toBe("signer_not_eligible");
  });

  test("sign in roles they have, and who lost hers by the time of promotion does not count", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    expect(await world.answer(handle, world.four.iam, "pam")).toBe("signer_not_eligible");
    await world.signAll(handle);
    world.people.remove(world.four.security.ref);
    expect(await codeOf(world.releases.promote(id, signed))).toBe("release_not_signed");
  });

  test("end it with one refusal", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.answer(handle, world.four.iam, "iam", "refuse");
    expect(world.releases.describe(handle)).toEqual({ state: "refused" });
    expect(await codeOf(world.releases.promote(id, signed))).toBe("conflict");
  });

  test("have seven days, and a newer proposal takes the place of the older", async () => {
    const world = await releaseWorld();
    const first = await world.propose();
    const second = await world.propose();
    expect(world.releases.describe(first.handle)).toEqual({ state: "withdrawn" });
    world.clock.advance(7 * 24 * 3_600_000);
    expect(world.releases.describe(second.handle)).toEqual({ state: "expired" });
  });
});

describe("the gate", () => {
  test("keeps back what controls block, however it is signed", async () => {
    const world = await releaseWorld();
    world.blocking = ["POL-01", "REL-01"];
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    expect(await codeOf(world.releases.promote(id, signed))).toBe("release_not_ready");
  });

  test("keeps back what is not registered any more as it was signed", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    world.change((of) => of.policies.push("permit(principal, action, resource) when { true };"));
    expect(await codeOf(world.releases.promote(id, signed))).toBe("release_drifted");
  });

  test("keeps back what was signed in time and not promoted in time", async () => {
    const world = await releaseWorld();
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    world.clock.advance(7 * 24 * 3_600_000);
    expect(await codeOf(world.releases.promote(id, signed))).toBe("conflict");
    expect(inForce(world)).toMatchObject({ code: "release_required" });
  });

  test("keeps back what rests on a waiver that is over by now", async () => {
    const world = await releaseWorld();
    world.waivedUntil = world.clock.nowMs() + 3_600_000;
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    world.clock.advance(3_600_000);
    expect(await codeOf(world.releases.promote(id, signed))).toBe("release_not_ready");
  });
});

describe("what drifts loses its authority", () => {
  test("a changed tool leaves, and the others stay", async () => {
    const world = await promoted();
    world.change((of) => {
      of.server = {
        ...of.server,
        tools: of.server.tools.map((tool) =>
          tool.name === "refund" ? { ...tool, dataClass: "restricted" } : tool,
        ),
      };
    });
    const found = inForce(world);
    const has = (name: string) =>
      found.kind === "released" && found.has({ server: "payments", kind: "tool", name });
    expect([has("refund"), has("list")]).toEqual([false, true]);
  });

  test.each([
    ["counts another argument as its amount", { amount: "/fee" }, {}],
    ["counts other rows", { rows: "/rows" }, {}],
    [
      "is called a sanitiser",
      { sanitisedOutput: { type: "object", properties: { ok: { type: "boolean" } } } },
      {},
    ],
    ["is of a server that keeps nothing any more", {}, { store: undefined }],
    ["may have the client asked", {}, { allowUpstreamRequests: ["sampling/createMessage"] }],
  ] as [string, Partial<ToolRecord>, Partial<ServerRecord>][])(
    "a tool that now %s leaves",
    async (_, tool, server) => {
      const world = await releaseWorld();
      world.change((of) => {
        of.server = { ...of.server, store: { dataClass: "restricted", untrusted: true } };
      });
      const { id, handle } = await world.propose();
      await world.signAll(handle);
      await world.releases.promote(id, signed);
      world.change((of) => {
        const tools = of.server.tools.map((one) => (one.name === "refund" ? { ...one, ...tool } : one));
        of.server = { ...of.server, tools, ...server };
      });
      const found = inForce(world);
      expect(
        found.kind === "released" && found.has({ server: "payments", kind: "tool", name: "refund" }),
      ).toBe(false);
    },
  );

  test("a server that is reached in another way takes its tools with it", async () => {
    const world = await promoted();
    world.change((of) => {
      of.server = {
        ...of.server,
        upstream: { transport: "http", url: "http://127.0.0.1:2/mcp", auth: "none" },
      };
    });
    const found = inForce(world);
    expect(found.kind === "released" && found.has({ server: "payments", kind: "tool", name: "list" })).toBe(
      false,
    );
  });

  test.each([
    [
      "a wider ceiling",
      (of) => void Object.assign(of.agent, { ceiling: { ...of.agent.ceiling, scope: "pay more" } }),
    ],
    ["another binding", (of) => void Object.assign(of.agent, { bindings: [] })],
    ["another owner", (of) => void Object.assign(of.agent, { owner: "somebody" })],
  ] as [string, (of: ReleaseWorld["registered"]) => void][])("%s stops the agent", async (_, change) => {
    const world = await promoted();
    world.change(change);
    expect(inForce(world)).toMatchObject({ kind: "refused", code: "release_drifted" });
  });

  test.each([
    ["a further permit", (of) => void of.policies.push("permit(principal, action, resource) when { true };")],
    ["a policy less", (of) => void of.policies.pop()],
  ] as [string, (of: ReleaseWorld["registered"]) => void][])(
    "%s that is published comes with the next release, and stops nobody",
    async (_, change) => {
      const world = await promoted();
      const before = inForce(world);
      const policy = world.releases.policyOf(before.kind === "released" ? before.deployment : "");
      world.change(change);
      expect(inForce(world)).toMatchObject({
        kind: "released",
        deployment: before.kind === "released" ? before.deployment : "",
      });
      const { drift, deployment_document } = world.releases.show(world.first);
      expect(drift).toMatchObject({ stops: [], changes: [{ part: "policies" }] });
      expect(deployment_document).toMatchObject({ policy });
      const next = await world.propose();
      expect(world.releases.show(next.id)["deployment_document"]).not.toMatchObject({ policy });
    },
  );

  test("policies that are lost stop the agent", async () => {
    const kept = freshlyKept();
    const world = await releaseWorld(kept);
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    await world.releases.promote(id, signed);
    kept.rows.delete(`release-policy/${world.releases.proposal(id).deployment.policy}`);
    const after = await world.restart();
    expect(inForce(after)).toMatchObject({ kind: "refused", code: "release_drifted" });
  });

  test("a token of a release that nobody proposed is decided under no policies", async () => {
    const world = await promoted();
    expect(() => world.releases.policyOf("another")).toThrow(
      expect.objectContaining({ code: "policy_missing" }),
    );
  });
});

describe("the way back", () => {
  test("revokes the bad release and its tokens, and brings the last good one back, in one commit", async () => {
    const world = await promoted();
    const good = inForce(world);
    world.change((of) => of.policies.push("permit(principal, action, resource) when { true };"));
    const second = await world.propose();
    await world.signAll(second.handle);
    await world.releases.promote(second.id, signed);
    const bad = inForce(world);
    const badName = bad.kind === "released" ? bad.deployment : "";
    expect(world.epochs.get(`release:${badName}`)).toBeUndefined();
    world.change((of) => of.policies.pop());
    await world.releases.rollBack({ agent: "refunds", reason: "it errs" }, signed);
    expect(inForce(world)).toMatchObject({
      kind: "released",
      deployment: good.kind === "released" ? good.deployment : "",
    });
    expect(world.epochs.get(`release:${badName}`)).toBe(1);
  });

  test("goes to the release that was in force last, whichever was proposed last", async () => {
    const world = await promoted();
    const permit = "permit(principal, action, resource) when { true };";
    world.change((of) => of.policies.push(permit));
    const second = await world.propose();
    await world.signAll(second.handle);
    world.clock.advance(1000);
    await world.releases.promote(second.id, signed);
    const rolledTo = async (to?: string) => {
      const reason = "it errs";
      const wanted = to === undefined ? { agent: "refunds", reason } : { agent: "refunds", reason, to };
      const done = await world.releases.rollBack(wanted, signed);
      return (done["active"] as { id?: string } | undefined)?.id;
    };
    expect(
      await codeOf(world.releases.rollBack({ agent: "refunds", reason: "x", to: second.id }, signed)),
    ).toBe("not_found");
    expect(await rolledTo()).toBe(world.first);
  });

  test("leaves nothing active where what is registered is not what was signed", async () => {
    const world = await promoted();
    world.change((of) => of.policies.push("permit(principal, action, resource) when { true };"));
    const second = await world.propose();
    await world.signAll(second.handle);
    await world.releases.promote(second.id, signed);
    world.change((of) => Object.assign(of.agent, { owner: "somebody" }));
    const { drifted } = await world.releases.rollBack({ agent: "refunds", reason: "it errs" }, signed);
    expect(drifted).toContain("deployment");
    expect(inForce(world)).toMatchObject({ code: "release_required" });
  });
});

describe("a restart", () => {
  test("is survived: what could not be read again is not proposed", async () => {
    const world = await releaseWorld();
    const attested = Array.from({ length: 65 }, () => ({
      by: "https://ci",
      claim: "image",
      value: "sha256:0",
    }));
    const wanted = { agent: "refunds", attested, declared: {} };
    expect(await codeOf(world.releases.propose(wanted, signed))).toBe("malformed_input");
    await expect(world.restart()).resolves.toBeDefined();
  });

  test("keeps proposals with their signatures, and what is in force", async () => {
    const world = await promoted();
    const { id, handle } = await world.propose();
    await world.answer(handle, world.four.iam, "iam");
    const after = await world.restart();
    expect(inForce(after)).toMatchObject({ kind: "released" });
    expect(after.releases.describe(handle)).toEqual(world.releases.describe(handle));
    for (const role of ["compliance", "pam", "security"] as const)
      await after.answer(handle, after.four[role], role);
    expect(await codeOf(after.releases.promote(id, signed))).toBe("done");
  });
});
