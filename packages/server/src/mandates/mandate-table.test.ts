import { randomId } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { readerOf } from "../../test/approvals/approval-world.ts";
import { mandateWorld } from "../../test/mandates/mandate-world.ts";
import { createMandateTable } from "./mandate-table.ts";
import { formatRecord, loadMandates, type StoredMandate } from "./stored-mandate.ts";
import { createSubjectRefs } from "./subject-refs.ts";

const { document: documentOf } = await mandateWorld();

function recordOf(id = randomId(), agent = "desk"): StoredMandate {
  return {
    id,
    txn: randomId(),
    entry: randomId(),
    document: documentOf({ agent }),
    digest: randomId(32),
    subjectRef: randomId(),
    basis: "signed_by_subject",
    state: "open",
    openedAtMs: 5,
    rests: [["all:all", 2]],
  };
}

describe("the table of mandates", () => {
  it("counts what is open, all in all and of each agent, each once", () => {
    const table = createMandateTable();
    const [one, two, other] = [recordOf(), recordOf(), recordOf(randomId(), "other")];
    for (const record of [one, two, other, one]) table.put(record);
    expect([table.count("desk"), table.count("other"), table.count("third")]).toEqual([
      { all: 3, ofAgent: 2 },
      { all: 3, ofAgent: 1 },
      { all: 3, ofAgent: 0 },
    ]);
    for (const record of [one, one, other]) table.end({ ...record, state: "closed" });
    expect([table.count("desk"), table.count("other")]).toEqual([
      { all: 1, ofAgent: 1 },
      { all: 1, ofAgent: 0 },
    ]);
    expect(table.open()).toEqual([two]);
  });

  it("keeps of what ended its names alone, and when it was used no longer", () => {
    const table = createMandateTable();
    const record = recordOf();
    table.put(record);
    expect([table.get(record.id), table.lastUsedMs(record.id)]).toEqual([record, 5]);
    table.touch(record.id, 9);
    expect(table.lastUsedMs(record.id)).toBe(9);
    table.end({ ...record, state: "expired" });
    table.touch(record.id, 11);
    expect(table.lastUsedMs(record.id)).toBe(0);
    expect(table.get(record.id)).toMatchObject({
      id: record.id,
      state: "expired",
      document: { agent: "desk", authority: {}, purpose: "" },
    });
  });

  it("remembers a hundred thousand that ended, and forgets the oldest first", () => {
    const table = createMandateTable();
    const record = recordOf();
    for (let n = 0; n < 100_000; n += 1) table.end({ ...record, id: `m${n}` });
    expect(table.get("m0")).toBeDefined();
    table.end({ ...record, id: "last" });
    expect([table.get("m0"), table.get("m1")?.id, table.get("last")?.id]).toEqual([undefined, "m1", "last"]);
  });
});

describe("mandates that were kept", () => {
  it("are read as they were written, all pages of them", async () => {
    const records = Array.from({ length: 5_001 }, (_, n) => recordOf(`m${String(n).padStart(5, "0")}`));
    const grouped = { ...recordOf("z"), groups: ["a", "b"] };
    const rows = new Map([...records, grouped].map((one) => [`mandate/${one.id}`, formatRecord(one)]));
    expect(await loadMandates(readerOf(rows))).toEqual([...records, grouped]);
  });

  it.each([
    ["", { more: 1 }],
    ["/txn", { txn: 7 }],
    ["/digest", { digest: "x".repeat(257) }],
    ["/basis", { basis: "hearsay" }],
    ["/openedAtMs", { openedAtMs: -1 }],
    ["/rests", { rests: Array.from({ length: 9 }, () => ["all:all", 0]) }],
    ["/rests/0", { rests: [["all:all"]] }],
    ["/rests/0", { rests: [["all:all", 0, 0]] }],
    ["/rests/0/0", { rests: [["", 0]] }],
    ["/rests/0/0", { rests: [["x".repeat(129), 0]] }],
    ["/rests/0/1", { rests: [["all:all", -1]] }],
    ["/groups", { groups: {} }],
    ["/groups/0", { groups: [7] }],
  ])("are refused with the place of what nobody wrote: %s", async (path, more) => {
    const rows = new Map([["mandate/x", { ...formatRecord(recordOf("x")), ...more }]]);
    await expect(loadMandates(readerOf(rows))).rejects.toMatchObject({
      code: "malformed_input",
      publicMessage: expect.stringMatching(new RegExp(`^/mandate/x${path}(?:/more)?[^/]`)),
    });
  });

  it("are read to the longest of what is written", async () => {
    const rests = Array.from({ length: 8 }, (): [string, number] => ["x".repeat(128), 0]);
    const record = { ...recordOf("x"), rests, openedAtMs: 0, digest: "x".repeat(256) };
    expect(await loadMandates(readerOf(new Map([["mandate/x", formatRecord(record)]])))).toEqual([record]);
  });
});

describe("refs of people", () => {
  it("are one for each, also for two that ask at once, and written each time", async () => {
    const refs = createSubjectRefs(readerOf(new Map()));
    const [one, two] = await Promise.all([refs.refOf("ada"), refs.refOf("ada")]);
    expect(one.ref).toMatch(/^[\w-]{22}$/);
    expect(two).toEqual(one);
    expect(one.changes).toEqual([{ room: "subject-ref", key: "ada", value: one.ref }]);
    expect((await refs.refOf("bob")).ref).not.toBe(one.ref);
  });

  it("are what was kept, and a row that is none is refused", async () => {
    const kept = new Map([
      ["subject-ref/ada", "kept"],
      ["subject-ref/bob", ""],
      ["subject-ref/cleo", "x".repeat(65)],
    ]);
    const refs = createSubjectRefs(readerOf(kept));
    expect((await refs.refOf("ada")).ref).toBe("kept");
    for (const name of ["bob", "cleo"])
      await expect(refs.refOf(name)).rejects.toMatchObject({ code: "malformed_input" });
  });

  it("are remembered for the last ten thousand, the others read again", async () => {
    const rows = new Map<string, string>();
    const refs = createSubjectRefs(readerOf(rows));
    const { ref } = await refs.refOf("ada");
    for (let n = 1; n < 10_000; n += 1) await refs.refOf(`p${n}`);
    rows.set("subject-ref/ada", "kept");
    expect((await refs.refOf("ada")).ref).toBe(ref);
    await refs.refOf("one more");
    expect((await refs.refOf("ada")).ref).toBe("kept");
  });
});
