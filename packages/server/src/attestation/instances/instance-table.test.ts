import { describe, expect, test } from "vitest";
import { createInstanceTable, PLATFORM_IDLE_MS } from "./instance-table.ts";
import type { Instance } from "./stored-instance.ts";

function instance(ref: string, more: Partial<Instance> = {}): Instance {
  return {
    ref,
    agent: "reader",
    agentRef: "r",
    jkt: `key of ${ref}`,
    jwk: {},
    entry: "e",
    assurance: "attested",
    method: "oidc",
    binding: "b",
    vouchedBy: "i",
    platform: `pod of ${ref}`,
    name: "",
    firstMs: 0,
    lastMs: 0,
    ...more,
  };
}

describe("the table of instances", () => {
  test("finds by ref, key and platform name", () => {
    const table = createInstanceTable();
    const one = instance("1");
    table.put(one);
    expect([table.byRef("1"), table.byKey("key of 1"), table.byPlatform("pod of 1")]).toEqual([
      one,
      one,
      one,
    ]);
    table.remove(one);
    expect([table.byRef("1"), table.byKey("key of 1"), table.byPlatform("pod of 1")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(table.size).toBe(0);
  });

  test("removing an instance leaves key and name to the one that has them now", () => {
    const table = createInstanceTable();
    const [old, young] = [instance("1"), instance("2", { jkt: "key of 1", platform: "pod of 1" })];
    table.put(old);
    table.put(young);
    table.remove(old);
    expect([table.byKey("key of 1"), table.byPlatform("pod of 1")]).toEqual([young, young]);
  });

  test("lists the idle ones, longest first and some at a time; never enrolled ones, kept ones, used ones", () => {
    const table = createInstanceTable();
    const many = Array.from({ length: 300 }, (_, i) => instance(String(i), { lastMs: i }));
    for (const each of many) table.put(each);
    table.put(instance("enrolled", { platform: "" }));
    table.keep(instance("0"));
    table.touch(instance("1"), PLATFORM_IDLE_MS);
    table.touch(instance("unknown"), 0);
    const nowMs = PLATFORM_IDLE_MS + 1000;
    expect(table.idle(PLATFORM_IDLE_MS)).toEqual([]);
    expect(table.idle(nowMs)).toHaveLength(256);
    expect(table.idle(nowMs)[0]?.ref).toBe("2");
    expect(table.isIdle(instance("1"), nowMs)).toBe(false);
    expect(table.isIdle(instance("0"), nowMs)).toBe(false);
  });
});
