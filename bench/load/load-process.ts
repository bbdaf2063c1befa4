/** The load generator, a process of its own: signs first, then drives, then reads every answer. */
import { answerParent } from "../processes/answer-parent.ts";
import { type CallLoad, callShots } from "./call-shots.ts";
import { driveClosed, driveOpen, type RunResult, type Shot } from "./drive.ts";
import { RawConnection } from "./raw-http.ts";
import { prepareMixed, runMixed } from "./revoked-calls.ts";
import { openStreams, streamsNow } from "./streams.ts";
import { type TokenLoad, tokenIn, tokenShots } from "./token-shots.ts";

let shots: readonly Shot[] = [];

function setShots(made: readonly Shot[]): number {
  shots = made;
  globalThis.gc?.();
  return made.length;
}

/** Sends everything that was prepared over eight connections and returns the tokens. */
async function collectTokens(load: TokenLoad): Promise<readonly string[]> {
  const { port } = load.target;
  const tokens: string[] = [];
  const collected = tokenShots(load).map(({ request, fault }, i) => ({
    request,
    fault: (answer: Parameters<Shot["fault"]>[0]) => {
      tokens[i] = tokenIn(answer) ?? "";
      return fault(answer);
    },
  }));
  const { firstFault } = await driveClosed(port, 8, collected);
  if (firstFault !== undefined) throw new Error(firstFault);
  return tokens;
}

/** Sends the first prepared request. @returns `granted`, or the code of the refusal */
async function firstAnswer(port: number): Promise<string> {
  const connection = await RawConnection.open(port);
  const [shot] = shots;
  try {
    if (shot === undefined) throw new RangeError("prepare first");
    const { status, body } = await connection.send(shot.request);
    return status === 200 ? "granted" : String(Object(JSON.parse(body.toString("utf8"))).code);
  } finally {
    connection.close();
  }
}

const api = {
  prepareTokens: (load: TokenLoad): number => setShots(tokenShots(load)),
  prepareCalls: (load: CallLoad): number => setShots(callShots(load)),
  collectTokens,
  openStreams,
  prepareMixed,
  runMixed,
  streamsNow,
  firstAnswer: (at: { readonly port: number }): Promise<string> => firstAnswer(at.port),
  runClosed: ({
    port,
    connections,
  }: {
    readonly port: number;
    readonly connections: number;
  }): Promise<RunResult> => driveClosed(port, connections, shots),
  runOpen: ({
    port,
    connections,
    rate,
  }: {
    readonly port: number;
    readonly connections: number;
    readonly rate: number;
  }): Promise<RunResult> => driveOpen(port, { connections, rate }, shots),
};

/** What the load generator can be asked. */
export type LoadApi = typeof api;

answerParent(api);
