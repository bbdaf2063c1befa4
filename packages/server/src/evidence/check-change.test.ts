import { describe, expect, it } from "vitest";
import { maxKeyLength, maxRoomLength } from "../platform/store/check-batch.ts";
import { checkedChange } from "./check-change.ts";
import { EVIDENCE_ROOMS } from "./rooms.ts";

describe("a change of state", () => {
  it("becomes a row with canonical text", () => {
    expect(checkedChange({ room: "notes", key: "k", value: { b: 1, a: 2 } })).toEqual({
      room: "notes",
      key: "k",
      value: '{"a":2,"b":1}',
    });
  });

  it("that takes a row away stays that", () => {
    expect(checkedChange({ room: "notes", key: "k", value: null })).toEqual({
      room: "notes",
      key: "k",
      value: null,
    });
  });

  it("may use names up to the store's limit", () => {
    const change = { room: "r".repeat(maxRoomLength), key: "k".repeat(maxKeyLength), value: 1 };
    expect(checkedChange(change)).toMatchObject({ room: change.room, key: change.key });
  });

  it.each([
    ["empty", "", 0],
    ["with NUL", "a\0b", 0],
    ["with half a character", "a\ud800", 0],
    ["longer than the store takes", "x", 1],
  ])("is refused when its room or its key is %s", (_name, text, beyond) => {
    const refused = expect.objectContaining({ code: "malformed_input" });
    const name = (max: number): string => (beyond === 0 ? text : text.repeat(max + beyond));
    expect(() => checkedChange({ room: name(maxRoomLength), key: "k", value: 1 })).toThrow(refused);
    expect(() => checkedChange({ room: "notes", key: name(maxKeyLength), value: 1 })).toThrow(refused);
  });

  it.each(EVIDENCE_ROOMS)("is refused in %s, which is evidence's own", (room) => {
    expect(() => checkedChange({ room, key: "k", value: 1 })).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
  });
});
