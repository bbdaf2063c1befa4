import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { MemoryEvidence } from "../../test/admin/memory-evidence.ts";
import {
  agentDocument,
  applyDocument,
  filesServer,
  openWorld,
  setRegistered,
  signed,
} from "../../test/admin/registry-world.ts";

const small: JsonObject = { servers: [filesServer], agents: [agentDocument("triage")] };

describe("the life of an agent", () => {
  test("suspending revokes in the same group, and activating revives nothing", async () => {
    const { registry, containment, evidence } = await openWorld();
    await applyDocument(registry, small);
    const ref = registry.agent("triage")?.ref;
    const before = evidence.leaves.length;
    await registry.changeLifecycle({ id: "triage", to: "suspended", reason: "looks odd" }, signed);
    expect(evidence.leaves.slice(before).map(({ draft }) => draft.type)).toEqual(["registry", "revocation"]);
    expect(containment.current(`agent:${ref}`)).toBe(1);
    await registry.changeLifecycle({ id: "triage", to: "active", reason: "was fine" }, signed);
    expect(registry.agent("triage")).toMatchObject({ state: "active", version: 3 });
    expect(containment.current(`agent:${ref}`)).toBe(1);
  });

  test.each([
    ["active", "suspended"],
    ["active", "retired"],
    ["registered", "suspended"],
    ["registered", "retired"],
  ] as const)(
    "from %s to %s ends what else lets it through, in the same group, and nothing where that is not recorded",
    async (from, to) => {
      const evidence = new MemoryEvidence();
      const applied: string[] = [];
      const endsWith = (ref: string, request: unknown) => {
        expect(request).toBe(signed);
        const [id, digest] = ["A".repeat(22), "A".repeat(43)];
        const named = { proposal: id, release: digest, deployment: digest, profile: digest, readiness: id };
        const body = { action: "glass_ended", ...named, operator: signed.operator };
        const draft = { type: "release", agent: ref, body } as const;
        const change = { room: "release-glass", key: ref, value: { state: "ended" } };
        return { drafts: [draft], changes: [change], apply: () => void applied.push(ref) };
      };
      await applyDocument((await openWorld(evidence)).registry, small);
      if (from === "registered") await setRegistered(evidence, "triage");
      const { registry } = await openWorld(evidence, undefined, { endsWith });
      expect(registry.agent("triage")?.state).toBe(from);
      const ref = registry.agent("triage")?.ref ?? "";
      const before = evidence.leaves.length;
      evidence.refuseNext = true;
      const change = { id: "triage", to, reason: "looks odd" };
      await expect((async () => registry.changeLifecycle(change, signed))()).rejects.toThrow();
      expect([applied, evidence.leaves.length]).toEqual([[], before]);
      await registry.changeLifecycle(change, signed);
      const group = evidence.leaves.slice(before).map(({ draft }) => draft.type);
      expect(group).toEqual(["registry", "release", "revocation"]);
      expect(applied).toEqual([ref]);
      expect(await evidence.get("release-glass", ref)).toEqual({ state: "ended" });
    },
  );

  test("has no way back from retirement", async () => {
    const { registry } = await openWorld();
    await applyDocument(registry, small);
    await registry.changeLifecycle({ id: "triage", to: "retired", reason: "done" }, signed);
    for (const to of ["active", "suspended", "retired"] as const) {
      const change = registry.changeLifecycle({ id: "triage", to, reason: "" }, signed);
      await expect(change).rejects.toMatchObject({ code: "conflict" });
    }
    const unknown = registry.changeLifecycle({ id: "nobody", to: "active", reason: "" }, signed);
    await expect(unknown).rejects.toMatchObject({ code: "not_found" });
  });

  test("a suspended agent stays suspended when the file is applied again", async () => {
    const { registry } = await openWorld();
    await applyDocument(registry, small);
    await registry.changeLifecycle({ id: "triage", to: "suspended", reason: "odd" }, signed);
    await applyDocument(registry, { ...small, agents: [agentDocument("triage", { tier: "T2" })] });
    expect(registry.agent("triage")).toMatchObject({ state: "suspended", tier: "T2" });
  });
});
