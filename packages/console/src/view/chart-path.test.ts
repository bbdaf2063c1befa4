import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHART, extremes, linePath, roundTop } from "./chart-path.ts";

const span = { fromMs: 0, toMs: 100, top: 10 };

describe("a chart", () => {
  test("runs from the beginning to now, with zero at its bottom", () => {
    const points = [
      { atMs: 0, value: 0 },
      { atMs: 100, value: 10 },
    ];
    expect(linePath(points, span)).toBe("M0.0 80.0L320.0 0.0");
  });

  test("has a gap where nothing was measured, and shows a point that stands alone", () => {
    const points = [
      { atMs: 0, value: 5 },
      { atMs: 50, value: undefined },
      { atMs: 100, value: 5 },
    ];
    expect(linePath(points, span)).toBe("M0.0 40.0h1M320.0 40.0h1");
    expect(linePath([], span)).toBe("");
  });

  test("never leaves its frame", () => {
    const point = fc.record({
      atMs: fc.integer({ min: 0, max: 100 }),
      value: fc.double({ min: 0, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(point, { minLength: 1 }),
        fc.double({ min: 0.001, max: 1e9, noNaN: true }),
        (points, top) => {
          const numbers = linePath(points, { ...span, top })
            .replaceAll("h1", "")
            .split(/[ML ]/)
            .filter(Boolean);
          numbers.forEach((text, i) => {
            expect(Number(text)).toBeGreaterThanOrEqual(0);
            expect(Number(text)).toBeLessThanOrEqual(i % 2 === 0 ? CHART.width : CHART.height);
          });
        },
      ),
    );
  });
});

test("the top of a chart is a round number that holds all of it", () => {
  expect([0, 0.3, 1, 1.2, 4, 7, 99, 100].map(roundTop)).toEqual([1, 0.5, 1, 2, 5, 10, 100, 100]);
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1e12, noNaN: true }), (value) => {
      expect(roundTop(value)).toBeGreaterThanOrEqual(value * (1 - 1e-9));
    }),
  );
});

test("what was least, most and newest is told only of what was measured", () => {
  const points = [3, undefined, 9, 4, undefined].map((value, atMs) => ({ atMs, value }));
  expect(extremes(points)).toEqual({ least: 3, most: 9, newest: 4 });
  expect(extremes([{ atMs: 0, value: undefined }])).toBeUndefined();
});
