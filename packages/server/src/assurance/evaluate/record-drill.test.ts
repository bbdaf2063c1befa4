import { manualClock, randomId } from "@narrowgate/kernel";
import { beforeEach, expect, test } from "vitest";
import { readerOf } from "../../../test/approvals/approval-world.ts";
import { drillResult } from "../../../test/assurance/evaluation-world.ts";
import { createTestLog } from "../../../test/gateway/evidence-log.ts";
import { type Evaluations, openEvaluations } from "./evaluations.ts";

const clock = manualClock(1_795_000_000_000);
const nowMs = clock.nowMs();
const unasked = () => expect.unreachable("recording a result asks for nothing else");
const signed = { operator: randomId(), jws: "e30.e30.AA" };

let evaluations: Evaluations;
beforeEach(async () => {
  evaluations = await openEvaluations({
    clock,
    evidence: createTestLog(),
    state: readerOf(new Map()),
    log: { origin: "log", size: unasked, head: unasked },
    evaluator: {
      catchUp: unasked,
      writersOf: unasked,
      holds: unasked,
      transactionsOf: unasked,
      workOf: unasked,
      selfTest: unasked,
      evaluate: unasked,
      close: unasked,
    },
    build: randomId(32),
    verifiedOf: unasked,
    world: unasked,
  });
});

test.each([
  ["a while ago", -5000, -1000],
  ["by a clock that is a minute ahead", 0, 60_000],
  ["in the millisecond it began", 0, 0],
])("a result of a drill that ended %s goes on record", async (_, started, ended) => {
  await evaluations.recordDrill(drillResult(nowMs + ended, nowMs + started), signed);
  expect(evaluations.drills()).toHaveLength(1);
});

test.each([
  ["more than a minute from now, for it would never be old", 0, 60_001],
  ["before it began", 0, -1],
])("a result of a drill that ended %s is refused", async (_, started, ended) => {
  await expect(
    evaluations.recordDrill(drillResult(nowMs + ended, nowMs + started), signed),
  ).rejects.toMatchObject({ code: "malformed_input" });
  expect(evaluations.drills()).toEqual([]);
});
