import { expect, test } from "vitest";
import { invariant, isNarrowgateError, manualClock, NarrowgateError, systemClock } from "./index.ts";

test("an error keeps what the caller may know apart from what the operator may know", () => {
  const cause = new TypeError("below");
  const error = new NarrowgateError("malformed_input", "bad input", { detail: "byte 3", cause });
  expect(error).toMatchObject({
    code: "malformed_input",
    publicMessage: "bad input",
    detail: "byte 3",
    cause,
  });
  expect(error.message).toBe("malformed_input: bad input");
  expect(Object.keys(new NarrowgateError("x", "y"))).not.toContain("detail");
});

test("errors of another copy of the package are recognised, look-alikes are not", async () => {
  const copy: { NarrowgateError: typeof NarrowgateError } = await import(`./errors.ts?copy=${"2"}`);
  const foreign = new copy.NarrowgateError("a", "b");
  expect(foreign instanceof NarrowgateError).toBe(false);
  expect(isNarrowgateError(foreign)).toBe(true);
  expect(isNarrowgateError(Object.assign(new Error("a"), { code: "a", publicMessage: "b" }))).toBe(false);
  expect(isNarrowgateError({ code: "a" })).toBe(false);
  expect(isNarrowgateError(undefined)).toBe(false);
});

test("a broken invariant is an internal error that tells the caller nothing", () => {
  expect(() => invariant(false, "secret state")).toThrow(
    expect.objectContaining({
      code: "internal_error",
      publicMessage: "internal error",
      detail: "secret state",
    }),
  );
  expect(() => invariant(true, "fine")).not.toThrow();
});

test("a manual clock moves only when told to", () => {
  const clock = manualClock(1000);
  clock.advance(5);
  expect(clock.nowMs()).toBe(1005);
  clock.set(7);
  expect(clock.nowMs()).toBe(7);
  expect(() => clock.advance(-1)).toThrow(expect.objectContaining({ code: "internal_error" }));
});

test("the system clock gives whole milliseconds", () => {
  expect(Number.isSafeInteger(systemClock.nowMs())).toBe(true);
});
