import type { RenderedRow } from "@narrowgate/contracts";
import { changingCalls } from "../changing-calls.ts";
import { nameOf } from "../drift.ts";
import type { ReleaseRoom } from "../room.ts";
import { type Glass, reviewRows } from "./glass.ts";

/** Calls that its reviewer is shown one by one; the rest is counted. */
const SHOWN = 200;

/** What the reviewer of a break-glass is shown: the calls under it that changed something. Nothing sealed is opened. */
export async function shownCalls(
  { ports }: Pick<ReleaseRoom, "ports">,
  glass: Glass,
): Promise<readonly RenderedRow[]> {
  const { newest, total } = await changingCalls(ports.state, nameOf(glass.proposal));
  const shown = newest.slice(0, SHOWN);
  const told = new Map(
    (await ports.dispatched(shown.map(({ dispatch }) => dispatch))).map((one) => [one.index, one]),
  );
  const calls = shown.flatMap(({ dispatch, server, kind, name, effect }) => {
    const call = told.get(dispatch);
    if (call === undefined) return [];
    const { atMs, txn, outcome } = call;
    return [{ atMs, txn, outcome, what: `${server} ${kind} ${name} (${effect})` }];
  });
  return reviewRows(glass, calls, total);
}
