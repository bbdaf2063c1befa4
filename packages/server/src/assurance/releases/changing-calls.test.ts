import type { JsonValue } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { readerOf } from "../../../test/approvals/approval-world.ts";
import { type ChangingCall, changingCalls, changingRow, MAX_LISTED } from "./changing-calls.ts";

const deployment = "A".repeat(43);
const call = (dispatch: number): ChangingCall => ({
  dispatch,
  server: "payments",
  kind: "tool",
  name: "refund",
  effect: "irreversible",
  egress: false,
});

function kept(indexes: readonly number[], under: string = deployment): Map<string, JsonValue> {
  const rows = indexes.map((index) => changingRow(under, call(index)));
  return new Map(rows.map(({ room, key, value }) => [`${room}/${key}`, value ?? null]));
}

describe("calls under a release that changed something", () => {
  test("are none where none was made under it", async () => {
    const found = await changingCalls(readerOf(kept([1], "B".repeat(43))), deployment);
    expect(found).toEqual({ total: 0, isMore: false, newest: [] });
  });

  test("are listed newest first, and all are counted", async () => {
    const indexes = Array.from({ length: MAX_LISTED + 500 }, (_, i) => i * 7);
    const found = await changingCalls(readerOf(kept(indexes)), deployment);
    expect(found.total).toBe(MAX_LISTED + 500);
    expect(found.isMore).toBe(false);
    expect(found.newest).toHaveLength(MAX_LISTED);
    expect(found.newest[0]).toEqual(call((MAX_LISTED + 499) * 7));
    expect(found.newest.map(({ dispatch }) => dispatch)).toEqual(indexes.slice(-MAX_LISTED).reverse());
  });
});
