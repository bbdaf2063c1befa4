import { type Clock, isNarrowgateError, randomId, readString } from "@narrowgate/kernel";
import { ASKED_PARAMETER, type Asked, readAsked } from "./asked-authority.ts";
import type { WaitingRequest } from "./create-provider.ts";

/** Requests that may wait for one person: more are a way to wear her down. */
export const MAX_WAITING_FOR_ONE = 3;
const MAX_WAITING = 10_000;
/** As long as the provider keeps the request. */
const LIFE_MS = 300_000;

/** A request beside the browser that a person has not answered. */
export interface Waiting {
  /** Names it on pages; not what the agent polls with. */
  readonly id: string;
  readonly authReqId: string;
  readonly person: string;
  readonly client: string;
  readonly asked: Asked;
  /** In the agent's words. */
  readonly message?: string;
  /** Key of the instance that asked: what comes of it is for this key. */
  readonly jkt: string;
  readonly expiresAtMs: number;
}

function parameter(params: unknown, name: string): unknown {
  return typeof params === "object" && params !== null ? Reflect.get(params, name) : undefined;
}

/** Requests beside the browser, in memory: they live minutes, and a restart ends them. */
export class WaitingRequests {
  readonly #clock: Clock;
  readonly #byId = new Map<string, Waiting>();
  readonly #keys = new Map<string, { readonly jkt: string; readonly expiresAtMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one in. @returns false when what it asks cannot be read, or too many wait */
  add({ id: authReqId, person, client, params }: WaitingRequest, jkt: string): boolean {
    this.#sweep();
    if (this.#byId.size >= MAX_WAITING || this.of(person).length >= MAX_WAITING_FOR_ONE) return false;
    const message = parameter(params, "binding_message");
    try {
      const asked: Asked = { ...readAsked(parameter(params, ASKED_PARAMETER)), dpop_jkt: jkt };
      const expiresAtMs = this.#clock.nowMs() + LIFE_MS;
      const said =
        message === undefined ? {} : { message: readString(message, "/binding_message", { max: 200 }) };
      const id = randomId();
      this.#byId.set(id, { id, authReqId, person, client, asked, ...said, jkt, expiresAtMs });
      this.#keys.set(authReqId, { jkt, expiresAtMs });
      return true;
    } catch (error) {
      if (isNarrowgateError(error)) return false;
      throw error;
    }
  }

  /** Those that wait for a person, oldest first. */
  of(person: string): readonly Waiting[] {
    const nowMs = this.#clock.nowMs();
    return [...this.#byId.values()].filter(
      (waiting) => waiting.person === person && waiting.expiresAtMs > nowMs,
    );
  }

  /** Key of who asked; also after the answer, while there may be polling. */
  keyOf(authReqId: string): string | undefined {
    return this.#keys.get(authReqId)?.jkt;
  }

  /** Takes it out, once it is answered. */
  answered(id: string): void {
    this.#byId.delete(id);
  }

  #sweep(): void {
    const nowMs = this.#clock.nowMs();
    for (const [id, { expiresAtMs }] of this.#byId) if (expiresAtMs <= nowMs) this.#byId.delete(id);
    for (const [id, { expiresAtMs }] of this.#keys) if (expiresAtMs <= nowMs) this.#keys.delete(id);
  }
}
