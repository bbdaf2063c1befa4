import { NarrowgateError, randomId } from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";
import { covers, HOLD_ROOM, type Hold, type HoldScope, holdDocument, readHold } from "./hold.ts";
import type { AboutTransaction, RetentionPorts, SignedRequest } from "./ports.ts";

/** Holds that stand at once; those that ended stay on record and do not count. */
const MAX_HOLDS = 10_000;

/** Legal holds: while one stands, nothing of what it is over is erased. */
export class Holds {
  readonly #ports: Pick<RetentionPorts, "clock" | "evidence">;
  readonly #holds: Map<string, Hold>;

  private constructor(ports: Pick<RetentionPorts, "clock" | "evidence">, holds: Map<string, Hold>) {
    this.#ports = ports;
    this.#holds = holds;
  }

  /** Loads what is on record. @throws `malformed_input` on a damaged store */
  static async open({
    clock,
    evidence,
    state,
  }: Pick<RetentionPorts, "clock" | "evidence" | "state">): Promise<Holds> {
    const holds = await loadRows(state, HOLD_ROOM, (value, _, key) => readHold(key, value));
    return new Holds({ clock, evidence }, new Map(holds.map((hold) => [hold.id, hold])));
  }

  /** Newest first. */
  list(): readonly Hold[] {
    return [...this.#holds.values()].sort((a, b) => b.atMs - a.atMs);
  }

  /** The hold that a transaction is under; undefined when none is. */
  over(about: AboutTransaction): Hold | undefined {
    return this.list().find((hold) => covers(hold, about));
  }

  /** @throws `under_hold` naming the hold */
  refuseOver(about: AboutTransaction): void {
    const hold = this.over(about);
    if (hold !== undefined)
      throw new NarrowgateError("under_hold", `nothing of it is erased while hold ${hold.id} stands`);
  }

  /**
   * Places a hold; from this call on nothing it is over is erased.
   * @throws `overloaded` where 10,000 stand, `evidence_unavailable`
   */
  async place(
    wanted: { readonly scope: HoldScope; readonly reason: string },
    request: SignedRequest,
  ): Promise<Hold> {
    if (this.list().filter(({ ended }) => ended === undefined).length >= MAX_HOLDS)
      throw new NarrowgateError("overloaded", `${MAX_HOLDS} holds stand already; end one first`);
    const { clock } = this.#ports;
    const by = request.operator;
    const hold: Hold = { id: randomId(), entry: randomId(), ...wanted, by, atMs: clock.nowMs() };
    // ORDER: it stands before its leaf is durable: what is asked meanwhile is refused, and not erased.
    this.#holds.set(hold.id, hold);
    await this.#record(hold, "created", request);
    return hold;
  }

  /** Ends a hold. @throws `not_found`, `conflict` when it has ended, `evidence_unavailable` */
  async end(id: string, reason: string, request: SignedRequest): Promise<Hold> {
    const hold = this.#holds.get(id);
    if (hold === undefined) throw new NarrowgateError("not_found", "there is no such hold");
    if (hold.ended !== undefined) throw new NarrowgateError("conflict", "this hold has ended");
    const over = { by: request.operator, atMs: this.#ports.clock.nowMs(), reason };
    const ended: Hold = { ...hold, entry: randomId(), ended: over };
    // ORDER: it stands until the end of it is durable.
    await this.#record(ended, "retired", request);
    this.#holds.set(id, ended);
    return ended;
  }

  #record(hold: Hold, action: "created" | "retired", { operator, jws }: SignedRequest): Promise<void> {
    const { id, entry } = hold;
    const document = holdDocument(hold);
    const body = { action, kind: "hold", ref: id, version: action === "created" ? 1 : 2, operator };
    return this.#ports.evidence.record(
      [{ type: "registry", id: entry, body, proof: { request: jws }, content: { document } }],
      [{ room: HOLD_ROOM, key: id, value: { ...document, entry } }],
    ).durable;
  }
}
