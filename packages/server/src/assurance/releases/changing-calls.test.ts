import type { StateReader } from "@narrowgate/contracts";
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

/** Fails whoever asks more often than there is anything to ask for. */
function askedAtMost(times: number, { get, scan }: StateReader): StateReader {
  let left = times;
  return {
    get,
    scan(...wanted) {
      left -= 1;
      return left < 0 ? expect.unreachable("there is no more to ask for") : scan(...wanted);
    },
  };
}

describe("calls under a release that changed something", () => {
  test("are none where none was made under it", async () => {
    const rows = readerOf(kept([1], "B".repeat(43)));
    const found = await changingCalls(askedAtMost(1, rows), deployment);
    expect(found).toEqual({ total: 0, isMore: false, newest: [] });
  });

  test("are listed newest first, and all are counted", async () => {
    const indexes = Array.from({ length: MAX_LISTED + 500 }, (_, i) => i * 7);
    const found = await changingCalls(askedAtMost(2, readerOf(kept(indexes))), deployment);
    expect(found.total).toBe(MAX_LISTED + 500);
    expect(found.isMore).toBe(false);
    expect(found.newest).toHaveLength(MAX_LISTED);
    expect(found.newest[0]).toEqual(call((MAX_LISTED + 499) * 7));
    expect(found.newest.map(({ dispatch }) => dispatch)).toEqual(indexes.slice(-MAX_LISTED).reverse());
  });

  test("are counted up to a million, and then said to be more", async () => {
    const page = Array.from({ length: MAX_LISTED }, (_, i) => ({
      key: String(i),
      value: changingRow(deployment, call(i)).value ?? null,
    }));
    const endless: StateReader = { get: async () => null, scan: async () => page };
    const { total, isMore } = await changingCalls(askedAtMost(1000, endless), deployment);
    expect([total, isMore]).toEqual([1_000_000, true]);
  });

  test.each(["dispatch", "server", "kind", "name", "effect", "egress"])(
    "are told of by place where a row is not ours: its %s",
    async (member) => {
      const { room, key } = changingRow(deployment, call(1));
      const rows = new Map<string, JsonValue>([[`${room}/${key}`, { ...call(1), [member]: [] }]]);
      await expect(changingCalls(readerOf(rows), deployment)).rejects.toMatchObject({
        code: "malformed_input",
        publicMessage: expect.stringContaining(`/${room}/${key}/${member}`),
      });
    },
  );
});
