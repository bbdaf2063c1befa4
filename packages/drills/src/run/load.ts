import type { LoadLevel } from "@narrowgate/contracts";
import type { Sandbox } from "../stage/sandbox.ts";
import { CROWD } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { isDone } from "../wire/http.ts";

const TOKEN_LIFE_MS = 120_000;
const MOST_AT_ONCE = 32;
/** Times the peak. */
const SCALE: Readonly<Record<LoadLevel, number>> = { L0: 0, L1: 1, L2: 3, L3: 1 };

/** Governed calls beside a drill. */
export interface Load {
  /** Calls that went through a second, as measured since the last time it was asked. */
  rate(): number;
  stop(): Promise<void>;
}

class Crowd implements Load {
  readonly #sandbox: Sandbox;
  readonly #perSecond: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #agent: Promise<Agent> | undefined;
  #token: { readonly text: Promise<string>; readonly fromMs: number } | undefined;
  #under = 0;
  #done = 0;
  #since = Date.now();

  constructor(sandbox: Sandbox, perSecond: number) {
    this.#sandbox = sandbox;
    this.#perSecond = perSecond;
    if (perSecond > 0) this.#timer = setInterval(() => void this.#one(), 1000 / perSecond);
  }

  async #tokenOf(agent: Agent): Promise<string> {
    const now = Date.now();
    if (this.#token === undefined || now - this.#token.fromMs > TOKEN_LIFE_MS)
      this.#token = { text: agent.mint("drill-files").then(tokenOf), fromMs: now };
    const token = await this.#token.text;
    if (token === "") this.#token = undefined;
    return token;
  }

  async #one(): Promise<void> {
    if (this.#under >= MOST_AT_ONCE) return;
    this.#under += 1;
    try {
      this.#agent ??= this.#sandbox.join(CROWD);
      const agent = await this.#agent;
      const token = await this.#tokenOf(agent);
      const call = { server: "drill-files", tool: "read_public", args: { path: "notes/hours" }, token };
      if (isDone(await agent.call(call))) this.#done += 1;
      else this.#forget();
    } catch {
      // The sandbox may be down on purpose; the crowd comes again.
      this.#forget();
    } finally {
      this.#under -= 1;
    }
  }

  #forget(): void {
    this.#agent = undefined;
    this.#token = undefined;
  }

  rate(): number {
    const now = Date.now();
    const perSecond = (this.#done * 1000) / Math.max(1, now - this.#since);
    [this.#done, this.#since] = [0, now];
    return this.#perSecond === 0 ? 0 : Math.round(perSecond * 100) / 100;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (let tries = 0; this.#under > 0 && tries < 100; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts governed calls at a level. @param peak - calls a second at L1 */
export function startLoad(sandbox: Sandbox, level: LoadLevel, peak: number): Load {
  return new Crowd(sandbox, SCALE[level] * peak);
}
