import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { openAdmin } from "../../test/admin/admin-world.ts";
import {
  agentDocument,
  applyDocument,
  filesServer,
  openWorld,
  setRegistered,
  type World,
} from "../../test/admin/registry-world.ts";

const small: JsonObject = { servers: [filesServer], agents: [agentDocument("triage")] };

async function openEnrolled(over?: World) {
  const admin = await openAdmin(over);
  expect((await admin.enrol()).status).toBe(201);
  return admin;
}

describe("agents over the API", () => {
  test("are suspended, contained and never revived", async () => {
    const { signed, world } = await openEnrolled();
    await signed("POST", "/registry/apply", { document: small });
    const ref = world.registry.agent("triage")?.ref ?? "";
    const suspended = await signed("POST", "/agents/triage/suspend", { reason: "looks odd" });
    expect(suspended.json).toMatchObject({ id: "triage", state: "suspended" });
    expect((await signed("POST", "/agents/triage/activate", { reason: "was fine" })).status).toBe(200);
    expect(world.containment.current(`agent:${ref}`)).toBe(1);
    const contained = await signed("POST", "/contain/triage", { reason: "was not" });
    expect(contained.json).toMatchObject({ agent: { state: "suspended" }, ranges: [] });
    expect((await signed("POST", "/contain/triage", { reason: "again" })).status).toBe(200);
    expect(world.containment.current(`agent:${ref}`)).toBe(2);
    expect((await signed("POST", "/agents/nobody/suspend", { reason: "x" })).json).toMatchObject({
      error: { code: "not_found" },
    });
  });

  test("are suspended by a containment when nobody has activated them yet, and stay so", async () => {
    const before = await openWorld();
    await applyDocument(before.registry, small);
    await setRegistered(before.evidence, "triage");
    const { signed, world } = await openEnrolled(await before.restart());
    const ref = world.registry.agent("triage")?.ref ?? "";
    expect(world.registry.agent("triage")?.state).toBe("registered");
    for (const reason of ["looks odd", "again"]) {
      const contained = await signed("POST", "/contain/triage", { reason });
      expect(contained.json).toMatchObject({ agent: { state: "suspended", version: 2 } });
    }
    expect(world.containment.current(`agent:${ref}`)).toBe(1);
  });

  test("are revoked by a containment when they are retired, and stay so", async () => {
    const { signed, world } = await openEnrolled();
    await signed("POST", "/registry/apply", { document: small });
    const ref = world.registry.agent("triage")?.ref ?? "";
    await signed("POST", "/agents/triage/retire", { reason: "done" });
    const contained = await signed("POST", "/contain/triage", { reason: "odd all the same" });
    expect(contained.json).toMatchObject({ agent: { state: "retired" } });
    expect(world.containment.current(`agent:${ref}`)).toBe(2);
  });
});
