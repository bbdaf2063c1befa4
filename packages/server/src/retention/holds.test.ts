import { manualClock, randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { MemoryEvidence } from "../../test/admin/memory-evidence.ts";
import { HOLD_ROOM, type Hold, holdDocument } from "./hold.ts";
import { Holds } from "./holds.ts";

const MOST = 10_000;
const request = { operator: randomId(), jws: "e30.e30.AA" };
const atMs = 1_795_000_000_000;
const wanted = { scope: { kind: "txn", id: "a.b", name: "a.b" }, reason: "a case" } as const;

/** A room with as many holds as may stand, so many of them ended. */
async function full(ended: number): Promise<Holds> {
  const rows = Array.from({ length: MOST }, (_, i) => {
    const over = { by: request.operator, atMs: atMs + 1, reason: "it is over" };
    const by = request.operator;
    const hold: Hold = { id: randomId(), entry: randomId(), ...wanted, by, atMs };
    const document = holdDocument(i < ended ? { ...hold, ended: over } : hold);
    return { room: HOLD_ROOM, key: hold.id, value: { ...document, entry: hold.entry } };
  });
  const kept = rows.sort((x, y) => (x.key < y.key ? -1 : 1));
  const state = {
    get: async () => null,
    scan: async (_: string, { after = "", limit = 1000 }: { after?: string; limit?: number } = {}) => {
      const from = kept.findIndex(({ key }) => key > after);
      return from < 0 ? [] : kept.slice(from, from + limit);
    },
  };
  return Holds.open({ clock: manualClock(atMs + 2), evidence: new MemoryEvidence(), state });
}

test("no more holds stand than are bounded, and those that ended do not count", async () => {
  await expect((await full(0)).place(wanted, request)).rejects.toMatchObject({ code: "overloaded" });
  const holds = await full(1);
  expect(holds.list()).toHaveLength(MOST);
  await holds.place(wanted, request);
  expect(holds.list()).toHaveLength(MOST + 1);
  await expect(holds.place(wanted, request)).rejects.toMatchObject({ code: "overloaded" });
});
