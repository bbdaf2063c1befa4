import { type CallLoad, callShots } from "./call-shots.ts";
import { type Sent, type Shot, sendAtRate, withConnections } from "./drive.ts";
import type { RawAnswer } from "./raw-http.ts";

/** How calls are sent with a token that is revoked meanwhile, and of others, whom it does not concern. */
export interface MixedLoad {
  readonly port: number;
  readonly rate: number;
  readonly connections: number;
}

/** Times of one call, by a clock that all processes share. */
export type Times = Pick<Sent, "sentMs" | "answeredMs">;

/** What became of the calls. */
export interface MixedRun {
  readonly accepted: readonly Times[];
  /** Refused, and told that it was revoked. */
  readonly refused: readonly Times[];
  /** Refused by the same check without a record, since the key has had its share of recorded refusals. */
  readonly unrecorded: readonly Times[];
  /** Answered otherwise. */
  readonly otherwise: readonly string[];
  /** Calls of others that were not answered rightly. */
  readonly othersFailed: number;
  readonly perSecond: number;
}

const times = ({ sentMs, answeredMs }: Sent): Times => ({ sentMs, answeredMs });

function isRevoked({ status, body }: RawAnswer): boolean {
  return status === 401 && body.toString("utf8").includes("revoked");
}

function isUnrecorded({ status, body }: RawAnswer): boolean {
  return status === 503 && body.toString("utf8").includes('"overloaded"');
}

let shots: readonly { readonly shot: Shot; readonly isOwn: boolean }[] = [];

/** Signs calls of the victim and of others in turn, three to one. */
export function prepareMixed({
  victim,
  others,
}: {
  readonly victim: CallLoad;
  readonly others: CallLoad;
}): void {
  const [own, theirs] = [callShots(victim), callShots(others)];
  shots = own.flatMap((shot, i) => {
    const other = i % 3 === 2 ? theirs[Math.floor(i / 3)] : undefined;
    return [{ shot, isOwn: true }, ...(other === undefined ? [] : [{ shot: other, isOwn: false }])];
  });
}

/** Sends what was prepared by a fixed clock. */
export async function runMixed({ port, rate, connections }: MixedLoad): Promise<MixedRun> {
  const sent = await withConnections(port, connections, (open) =>
    sendAtRate(
      open,
      rate,
      shots.map(({ shot }) => shot.request),
    ),
  );
  const mine = sent.flatMap((one, i) => {
    const entry = shots[i];
    return entry?.isOwn === true ? [{ one, fault: entry.shot.fault(one.answer) }] : [];
  });
  const failed = mine.filter(({ fault }) => fault !== undefined).map(({ one }) => one);
  const tookMs = Math.max(...sent.map((one) => one.answeredMs)) - Math.min(...sent.map((one) => one.sentMs));
  return {
    accepted: mine.filter(({ fault }) => fault === undefined).map(({ one }) => times(one)),
    refused: failed.filter(({ answer }) => isRevoked(answer)).map(times),
    unrecorded: failed.filter(({ answer }) => isUnrecorded(answer)).map(times),
    otherwise: failed
      .filter(({ answer }) => !isRevoked(answer) && !isUnrecorded(answer))
      .map(({ answer: { status, body } }) => `${status} ${body.toString("utf8", 0, 200)}`),
    othersFailed: sent.filter((one, i) => {
      const entry = shots[i];
      return entry?.isOwn === false && entry.shot.fault(one.answer) !== undefined;
    }).length,
    perSecond: (sent.length * 1000) / tookMs,
  };
}
