import type { LoadLevel } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { Sandbox } from "../stage/sandbox.ts";
import { CROWD } from "../stage/scene.ts";
import { callOf, OWN_TARGET, type Target, tokenFor } from "../stage/target.ts";
import type { Agent } from "../wire/agent.ts";
import { isDone } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";
import { percentile } from "./percentile.ts";

const TOKEN_LIFE_MS = 120_000;
const MOST_AT_ONCE = 32;
/** Times that are kept for the percentiles of a whole drill. */
const MOST_TIMES = 200_000;
/** Times the peak. */
const SCALE: Readonly<Record<LoadLevel, number>> = { L0: 0, L1: 1, L2: 3, L3: 1 };

/** Calls of which a load is made. */
export interface Mix {
  /** Governed calls a second at L1. */
  readonly peak: number;
  readonly calls: readonly { readonly target: Target; readonly weight: number }[];
  /** Where it comes from, for the figures of a result. */
  readonly says: JsonObject;
}

/** What went through since the last time it was asked. */
export interface LoadLine {
  /** Since the load began. */
  readonly calls: number;
  readonly perSecond: number;
  readonly times: readonly number[];
}

/** Governed calls beside a drill. */
export interface Load {
  /** Calls that went through a second, over the whole time. */
  rate(): number;
  line(): LoadLine;
  /** Milliseconds; nothing where no call went through. */
  figures(): JsonObject;
  stop(): Promise<void>;
}

/** One tool of the mix, with an agent of its own: what one reads keeps no other from sending. */
class Lane {
  readonly #sandbox: Sandbox;
  readonly target: Target;
  #agent: Promise<Agent> | undefined;
  #token: { readonly text: Promise<string>; readonly fromMs: number } | undefined;

  constructor(sandbox: Sandbox, target: Target) {
    this.#sandbox = sandbox;
    this.target = target;
  }

  async #tokenOf(agent: Agent): Promise<string> {
    const now = Date.now();
    if (this.#token === undefined || now - this.#token.fromMs > TOKEN_LIFE_MS)
      this.#token = { text: tokenFor(this.target, this.#sandbox, agent), fromMs: now };
    return this.#token.text;
  }

  /** @returns milliseconds that the call took; undefined where it did not go through */
  async call(): Promise<number | undefined> {
    try {
      this.#agent ??= this.#sandbox.join(this.target.agent);
      const agent = await this.#agent;
      const token = await this.#tokenOf(agent);
      const began = performance.now();
      const answer = await agent.call(callOf(this.target, `load-${randomText(6)}`, token));
      if (isDone(answer)) return performance.now() - began;
    } catch {
      // The sandbox may be down on purpose; the crowd comes again.
    }
    [this.#agent, this.#token] = [undefined, undefined];
    return undefined;
  }
}

class Crowd implements Load {
  readonly #lanes: readonly { readonly lane: Lane; readonly upTo: number }[];
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #began = performance.now();
  readonly #times: number[] = [];
  #line: number[] = [];
  #lineFrom = performance.now();
  #under = 0;
  #done = 0;

  constructor(sandbox: Sandbox, mix: Mix, perSecond: number) {
    const all = mix.calls.reduce((sum, { weight }) => sum + weight, 0);
    let sum = 0;
    this.#lanes = mix.calls.map(({ target, weight }) => {
      sum += weight;
      return { lane: new Lane(sandbox, target), upTo: sum / all };
    });
    if (perSecond > 0) this.#timer = setInterval(() => void this.#one(), 1000 / perSecond);
  }

  async #one(): Promise<void> {
    const drawn = Math.random();
    const chosen = this.#lanes.find(({ upTo }) => drawn < upTo) ?? this.#lanes[0];
    if (chosen === undefined || this.#under >= MOST_AT_ONCE) return;
    this.#under += 1;
    const took = await chosen.lane.call();
    this.#under -= 1;
    if (took === undefined) return;
    this.#done += 1;
    this.#line.push(took);
    if (this.#times.length < MOST_TIMES) this.#times.push(took);
  }

  rate(): number {
    return Math.round((this.#done * 100_000) / Math.max(1, performance.now() - this.#began)) / 100;
  }

  line(): LoadLine {
    const [now, times] = [performance.now(), this.#line];
    const perSecond = Math.round((times.length * 100_000) / Math.max(1, now - this.#lineFrom)) / 100;
    [this.#line, this.#lineFrom] = [[], now];
    return { calls: this.#done, perSecond, times };
  }

  figures(): JsonObject {
    if (this.#times.length === 0) return {};
    return {
      load_p50_ms: percentile(this.#times, 0.5),
      load_p99_ms: percentile(this.#times, 0.99),
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (let tries = 0; this.#under > 0 && tries < 100; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The driver's own agent looks up opening hours. @param peak - calls a second at L1 */
export function ownMix(peak: number): Mix {
  const target: Target = {
    ...OWN_TARGET,
    agent: CROWD,
    tool: "read_public",
    mandate: (sandbox) => sandbox.mandate(CROWD),
  };
  const says = { of: "an agent of the driver's own", peak_per_s: peak };
  return { peak, calls: [{ target, weight: 1 }], says };
}

/** Starts governed calls at a level. */
export function startLoad(sandbox: Sandbox, level: LoadLevel, mix: Mix): Load {
  return new Crowd(sandbox, mix, SCALE[level] * mix.peak);
}
