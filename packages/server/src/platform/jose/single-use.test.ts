import { manualClock } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { createBootNonce, NONCE_SLOT_MS } from "./boot-nonce.ts";
import { createSingleUse } from "./single-use.ts";

describe("single use", () => {
  it("takes each digest once, and remembers it for one whole generation after its own", () => {
    const used = createSingleUse();
    expect(used.take("a")).toBe(true);
    expect(used.take("a")).toBe(false);
    used.rotate();
    expect(used.take("a")).toBe(false);
    used.rotate();
    expect(used.take("a")).toBe(true);
  });

  it("refuses everything when a generation is full", () => {
    const used = createSingleUse(2);
    expect([used.take("a"), used.take("b"), used.take("c")]).toEqual([true, true, false]);
    used.rotate();
    expect(used.take("c")).toBe(true);
  });
});

describe("the nonce of a boot", () => {
  it("is accepted in its slot and the next, and by no other boot", () => {
    const clock = manualClock(0);
    const nonce = createBootNonce(clock, () => undefined);
    const first = nonce.current();
    clock.advance(NONCE_SLOT_MS);
    expect(nonce.current()).not.toBe(first);
    expect(nonce.accepts(first)).toBe(true);
    clock.advance(NONCE_SLOT_MS);
    expect(nonce.accepts(first)).toBe(false);
    expect(createBootNonce(clock, () => undefined).accepts(nonce.current())).toBe(false);
    expect(nonce.accepts("")).toBe(false);
  });

  it("is forgotten no earlier than what it protects", () => {
    const clock = manualClock(0);
    const used = createSingleUse();
    const nonce = createBootNonce(clock, () => used.rotate());
    const first = nonce.current();
    used.take("proof");
    for (let step = 0; step < 40; step += 1) {
      clock.advance(NONCE_SLOT_MS / 8);
      if (nonce.accepts(first)) expect(used.take("proof")).toBe(false);
    }
    expect(nonce.accepts(first)).toBe(false);
  });

  it("does not come back to life when the clock is stepped back", () => {
    const clock = manualClock(10 * NONCE_SLOT_MS);
    const nonce = createBootNonce(clock, () => undefined);
    const first = nonce.current();
    clock.advance(2 * NONCE_SLOT_MS);
    expect(nonce.accepts(first)).toBe(false);
    clock.set(10 * NONCE_SLOT_MS);
    expect(nonce.accepts(first)).toBe(false);
  });
});
