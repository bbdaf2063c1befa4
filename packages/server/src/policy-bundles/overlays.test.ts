import { manualClock, NarrowgateError, randomId } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { readerOf } from "../../test/approvals/approval-world.ts";
import { createTestLog } from "../../test/gateway/evidence-log.ts";
import { MAX_OVERLAYS, openOverlays } from "./overlays.ts";

const ada = { operator: randomId(), jws: "e30.e30.AA", name: "ada" };
const bob = { operator: randomId(), jws: "e30.e30.AB", name: "bob" };
const wanted = {
  text: '@id("f") forbid(principal, action, resource);',
  reason: "it errs",
  forMs: 4 * 3_600_000,
};
const fits = (): void => undefined;

async function world() {
  const rows = new Map();
  const log = createTestLog(rows);
  const clock = manualClock(1_795_000_000_000);
  /** How far the clock was set back. */
  const back = { ms: 0 };
  const set = { ...clock, nowMs: () => clock.nowMs() - back.ms };
  const open = () => openOverlays({ clock: set, evidence: log, state: readerOf(rows) });
  return { log, clock, back, open, overlays: await open() };
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );

describe("an overlay", () => {
  test("is in force at once, with what its operator signed on record", async () => {
    const { log, overlays } = await world();
    const pending = overlays.put(wanted, ada, fits);
    expect(overlays.inForce()).toHaveLength(1);
    const { id, untilMs } = await pending;
    const [leaf] = log.of("overlay");
    expect(leaf?.draft).toMatchObject({
      id,
      body: { action: "put", until: untilMs, operator: ada.operator },
      proof: { request: ada.jws },
      content: { text: wanted.text, reason: "it errs" },
    });
  });

  test("is over by the clock, and counts again for a clock that steps back", async () => {
    const { back, clock, overlays } = await world();
    await overlays.put(wanted, ada, fits);
    clock.advance(wanted.forMs - 1);
    expect(overlays.inForce()).toHaveLength(1);
    clock.advance(1);
    expect(overlays.inForce()).toEqual([]);
    expect(overlays.list()).toHaveLength(1);
    expect(await codeOf(overlays.lift(overlays.list()[0]?.id ?? "", "late", bob))).toBe("conflict");
    back.ms = 1;
    expect(overlays.inForce()).toHaveLength(1);
  });

  test("is lifted by anybody who administers, once", async () => {
    const { log, overlays } = await world();
    const { id } = await overlays.put(wanted, ada, fits);
    expect(await overlays.lift(id, "mended", bob)).toMatchObject({ liftedBy: "bob" });
    expect(overlays.inForce()).toEqual([]);
    expect(log.of("overlay").at(-1)?.draft.body).toMatchObject({
      action: "lifted",
      overlay: id,
      operator: bob.operator,
    });
    expect(await codeOf(overlays.lift(id, "again", bob))).toBe("not_found");
    expect(await codeOf(overlays.lift("another", "x", bob))).toBe("not_found");
  });

  test("survives a restart, and so does its end", async () => {
    const { clock, open, overlays } = await world();
    await overlays.put(wanted, ada, fits);
    clock.advance(1);
    const { id } = await overlays.put(
      { ...wanted, text: '@id("g") forbid(principal, action, resource);' },
      ada,
      fits,
    );
    await overlays.lift(id, "mended", bob);
    const after = await open();
    expect(after.inForce()).toEqual(overlays.inForce());
    expect(after.list()).toEqual(overlays.list());
    expect(after.list()).toHaveLength(1);
  });

  test("that was over a week ago is forgotten when another one is put", async () => {
    const { clock, open, overlays } = await world();
    await overlays.put(wanted, ada, fits);
    clock.advance(wanted.forMs + 604_800_001);
    await overlays.put(wanted, bob, fits);
    expect(overlays.list().map(({ by }) => by)).toEqual(["bob"]);
    expect((await open()).list()).toEqual(overlays.list());
  });

  test("that does not fit is nowhere, and is looked at with those that stand", async () => {
    const { log, overlays } = await world();
    await overlays.put(wanted, ada, fits);
    const refuse = (all: readonly unknown[]): void => {
      throw new NarrowgateError("policy_invalid", `${all.length}`);
    };
    await expect(overlays.put(wanted, ada, refuse)).rejects.toThrow("2");
    expect([overlays.list().length, log.of("overlay").length]).toEqual([1, 1]);
  });

  test("stands no longer than a week, is no book, and has fifteen beside it", async () => {
    const { overlays } = await world();
    expect(await codeOf(overlays.put({ ...wanted, forMs: 604_800_001 }, ada, fits))).toBe("malformed_input");
    expect(await codeOf(overlays.put({ ...wanted, forMs: 0 }, ada, fits))).toBe("malformed_input");
    expect(await codeOf(overlays.put({ ...wanted, text: "x".repeat(65_537) }, ada, fits))).toBe(
      "malformed_input",
    );
    for (let i = 0; i < MAX_OVERLAYS; i++) await overlays.put(wanted, ada, fits);
    expect(await codeOf(overlays.put(wanted, ada, fits))).toBe("conflict");
  });

  test("that could not be recorded was not put", async () => {
    const { clock } = await world();
    const evidence = {
      record() {
        throw new NarrowgateError("evidence_unavailable", "the log cannot be written");
      },
    };
    const overlays = await openOverlays({ clock, evidence, state: readerOf(new Map()) });
    expect(await codeOf(overlays.put(wanted, ada, fits))).toBe("evidence_unavailable");
    expect(overlays.inForce()).toEqual([]);
  });
});
