import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEvents, type StreamEvent } from "./http/read-events.ts";
import { splitLines } from "./split-lines.ts";

/** Cuts bytes at the given places. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

const cuts = fc.array(fc.nat(), { maxLength: 6 });

describe("framing", () => {
  it("gives the same lines however the bytes are cut", () => {
    const line = fc.string().map((s) => s.replaceAll("\n", ""));
    fc.assert(
      fc.property(fc.array(line), cuts, (lines, at) => {
        const seen: string[] = [];
        const splitter = splitLines(10_000, (one) => seen.push(Buffer.from(one).toString("utf8")));
        for (const piece of pieces(Buffer.from(lines.map((one) => `${one}\n`).join("")), at))
          splitter.push(piece);
        expect(seen).toEqual(lines);
      }),
    );
  });

  it("refuses a line or an event that is too long, wherever it is cut", () => {
    fc.assert(
      fc.property(cuts, (at) => {
        const splitter = splitLines(50, () => {});
        expect(pieces(Buffer.from(`${"x".repeat(51)}\n`), at).every((piece) => splitter.push(piece))).toBe(
          false,
        );
        const reader = readEvents(50, () => {});
        const event = Buffer.from(`data: ${"y".repeat(20)}\n`.repeat(4));
        expect(pieces(event, at).every((piece) => reader.push(piece))).toBe(false);
      }),
    );
  });

  it("reads events with any line ending, several data lines, names, ids, pauses and comments", () => {
    fc.assert(
      fc.property(cuts, (at) => {
        const seen: StreamEvent[] = [];
        const reader = readEvents(1000, (event) => seen.push(event));
        const text = [
          ":hello\n\nid: 6\nretry: 50\ndata: \n\n",
          'event: message\nid: 7\ndata: {"a":\ndata: 1}\n\ndata:{}\r\n\r\n',
          "id: \u00e9\nretry: -1\n\ndata: unfinished",
        ].join("");
        for (const piece of pieces(Buffer.from(text), at)) reader.push(piece);
        expect(seen).toEqual([
          { data: "", id: "6", retryMs: 50 },
          { data: '{"a":\n1}', id: "7" },
          { data: "{}" },
        ]);
      }),
    );
  });
});
