import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { approvalWorld, readerOf } from "../../test/approvals/approval-world.ts";
import { loadRequests } from "./stored-request.ts";

/** A request that one of two has signed, as the room keeps it. */
async function keptRow(): Promise<JsonObject> {
  const world = await approvalWorld();
  const kept: JsonObject[] = [];
  const { record } = world.log;
  world.log.record = (group, changes = []) => {
    for (const { value } of changes)
      if (typeof value === "object" && value !== null && "handle" in value) kept.push(Object(value));
    return record(group, changes);
  };
  const { handle } = world.ask(world.call(), ["approver#1", "security#1"]);
  await world.answer(handle, world.people.enrol("Bea", ["approver"]));
  const row = kept.at(-1);
  if (row === undefined) throw new RangeError("it was kept");
  return row;
}

const row = await keptRow();
const [given = {}] = Array.isArray(row["given"]) ? row["given"].map(Object) : [];
const load = (rows: readonly JsonObject[]) =>
  loadRequests(readerOf(new Map(rows.map((one) => [`approval/${one["id"]}`, one]))));

describe("requests that were kept", () => {
  it("are read as they were written, all pages of them", async () => {
    const many = Array.from({ length: 1_001 }, (_, n) => ({ ...row, id: `r${String(n).padStart(4, "0")}` }));
    expect(await load(many)).toEqual(many);
  });

  it.each([
    ["", { more: 1 }],
    ["/handle", { handle: 1 }],
    ["/requires", { requires: "approver#1" }],
    ["/requires/1", { requires: ["approver#1", 2] }],
    ["/read", { read: "internal" }],
    ["/read/class", { read: { class: "secret", untrusted: false } }],
    ["/read/untrusted", { read: { class: "internal", untrusted: "no" } }],
    ["/rests", { rests: "all:all" }],
    ["/rests/0/0", { rests: [7] }],
    ["/rests/0/0", { rests: [[7, 0]] }],
    ["/rests/0/1", { rests: [["all:all", -1]] }],
    ["/askedAtMs", { askedAtMs: "now" }],
    ["/notAfterMs", { notAfterMs: "then" }],
    ["/given", { given: {} }],
    ["/given/0", { given: [{ ...given, more: 1 }] }],
    ["/given/0/entry", { given: [{ ...given, entry: 1 }] }],
    ["/given/0/role", { given: [{ ...given, role: "king" }] }],
    ["/given/0/slot", { given: [{ ...given, slot: 0 }] }],
    ["/given/0/slot", { given: [{ ...given, slot: 10 }] }],
    ["/given/0/person", { given: [{ ...given, person: 1 }] }],
  ])("are refused with the place of what nobody wrote: %s", async (path, more) => {
    const place = new RegExp(`^/approval/x${path}(?:/more)?[^/]`);
    await expect(load([{ ...row, id: "x", ...more }])).rejects.toMatchObject({
      code: "malformed_input",
      publicMessage: expect.stringMatching(place),
    });
  });
});
