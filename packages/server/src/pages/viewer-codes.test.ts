import { manualClock } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import type { Viewer } from "./disclosure.ts";
import { createViewerCodes, VIEWER_CODE_LIFE_MS } from "./viewer-codes.ts";

const viewer: Viewer = { auditor: "b3BlcmF0b3ItMDAwMDAwMQ", request: "signed" };
const clock = manualClock(1_795_000_000_000);
const codes = createViewerCodes(clock);

describe("a code", () => {
  test("is right once, whatever way it is typed", () => {
    const { code } = codes.issue(viewer);
    expect(code).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/);
    expect(codes.check(` ${code.toLowerCase().replace("-", " ")} `)).toEqual(viewer);
    expect(codes.check(code)).toBeUndefined();
  });

  test("ends after five wrong tries, five minutes, or another code", () => {
    const tried = codes.issue(viewer).code;
    for (let tries = 0; tries < 5; tries++) expect(codes.check("AAAA-AAAA")).toBeUndefined();
    expect(codes.check(tried)).toBeUndefined();
    const late = codes.issue(viewer).code;
    clock.advance(VIEWER_CODE_LIFE_MS);
    expect(codes.check(late)).toBeUndefined();
    const replaced = codes.issue(viewer).code;
    codes.issue(viewer);
    expect(codes.check(replaced)).toBeUndefined();
  });

  test("that is still good after four wrong tries", () => {
    const { code } = codes.issue(viewer);
    for (let tries = 0; tries < 4; tries++) codes.check("AAAA-AAAA");
    expect(codes.check(code)).toEqual(viewer);
  });
});
