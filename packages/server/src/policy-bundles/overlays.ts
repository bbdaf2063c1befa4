import { type EvidenceSink, overlayDigest, type StateChange, type StateReader } from "@narrowgate/contracts";
import {
  type Clock,
  type JsonValue,
  NarrowgateError,
  randomId,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";
import type { Overlay } from "@narrowgate/policy";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { loadRows } from "../platform/store/load-rows.ts";
import type { Publisher } from "./two-people.ts";

/** How long an overlay may stand: what has to be forbidden for longer belongs into the policies. */
export const MAX_OVERLAY_MS = 604_800_000;

/** Overlays that stand at once, at most. */
export const MAX_OVERLAYS = 16;

/** Longest text of one, in characters. */
export const MAX_OVERLAY_CHARS = 65_536;

/** Room of the state table that holds overlays, by a name of the row: the leaf is another one in a recovered log. */
export const OVERLAY_ROOM = "overlay";

/** How long an overlay is listed that is over. */
const LISTED_MS = MAX_OVERLAY_MS;

/** An overlay as it was put. */
export interface PutOverlay extends Overlay {
  readonly reason: string;
  /** Unix milliseconds, as below. */
  readonly putAtMs: number;
  readonly untilMs: number;
  /** Name of the operator. */
  readonly by: string;
}

/** An overlay that was taken away before its end. */
export interface LiftedOverlay extends PutOverlay {
  readonly liftedAtMs: number;
  readonly liftedBy: string;
}

/** An overlay with the name of its row. */
interface Kept {
  readonly key: string;
  readonly overlay: PutOverlay;
}

/** What an operator puts over all policies. */
export interface WantedOverlay {
  readonly text: string;
  readonly reason: string;
  /** How long it stands, in milliseconds. */
  readonly forMs: number;
}

/** What the overlays need beside what they are told; supplied by compose. */
export interface OverlayPorts {
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
}

/** Forbids over every release. One operator puts and lifts them; the clock ends them. */
export interface Overlays {
  /** Those that count now, sorted by id; the same list as long as nothing changed. */
  inForce(): readonly PutOverlay[];
  /** Those in force, and those that were over lately, newest first; what was lifted stands in the log alone. */
  list(): readonly PutOverlay[];
  /**
   * Puts one, in force from this turn on.
   * @param check - throws when it does not fit what decides, together with those that stand
   * @throws `malformed_input`, `conflict`, `evidence_unavailable`, what `check` throws
   */
  put(
    wanted: WantedOverlay,
    by: Publisher & { readonly name: string },
    check: (all: readonly Overlay[]) => void,
  ): Promise<PutOverlay>;
  /** @throws `not_found`, `conflict` when it has ended, `evidence_unavailable` */
  lift(id: string, reason: string, by: Publisher & { readonly name: string }): Promise<LiftedOverlay>;
}

const MEMBERS = ["entry", "text", "reason", "putAtMs", "untilMs", "by"] as const;

function parseRow(value: JsonValue, path: string, key: string): Kept {
  const row = readObject(value, path, MEMBERS);
  const text = (name: (typeof MEMBERS)[number]): string =>
    readString(row[name], `${path}/${name}`, { max: MAX_OVERLAY_CHARS });
  const overlay = {
    id: text("entry"),
    text: text("text"),
    reason: text("reason"),
    putAtMs: readInteger(row.putAtMs, `${path}/putAtMs`),
    untilMs: readInteger(row.untilMs, `${path}/untilMs`),
    by: text("by"),
  };
  return { key, overlay };
}

function rowOf({ key, overlay }: Kept): StateChange {
  const { id: entry, ...rest } = overlay;
  return { room: OVERLAY_ROOM, key, value: { entry, ...rest } };
}

function checkWanted({ text, forMs }: WantedOverlay): void {
  if (text.length > MAX_OVERLAY_CHARS)
    throw new NarrowgateError("malformed_input", `/text: has at most ${MAX_OVERLAY_CHARS} characters`);
  if (!Number.isSafeInteger(forMs) || forMs < 1000 || forMs > MAX_OVERLAY_MS)
    throw new NarrowgateError("malformed_input", "/for_s: an overlay stands for one second to seven days");
}

class OverlayRoom implements Overlays {
  readonly #ports: OverlayPorts;
  /** By leaf id. */
  readonly #all: Map<string, Kept>;
  #inForce:
    | { readonly list: readonly PutOverlay[]; readonly fromMs: number; readonly untilMs: number }
    | undefined;

  constructor(ports: OverlayPorts, kept: readonly Kept[]) {
    this.#ports = ports;
    this.#all = new Map(kept.map((one) => [one.overlay.id, one]));
  }

  inForce(): readonly PutOverlay[] {
    const nowMs = this.#ports.clock.nowMs();
    const known = this.#inForce;
    // A clock that steps back brings back what had ended: the log holds decisions to the times it has.
    if (known === undefined || nowMs < known.fromMs || nowMs >= known.untilMs) {
      const list = this.list()
        .filter(({ untilMs }) => nowMs < untilMs)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const ends = list.map(({ untilMs }) => untilMs);
      this.#inForce = { list, fromMs: nowMs, untilMs: Math.min(...ends, Number.POSITIVE_INFINITY) };
      return list;
    }
    return known.list;
  }

  list(): readonly PutOverlay[] {
    return [...this.#all.values()].map(({ overlay }) => overlay).sort((a, b) => b.putAtMs - a.putAtMs);
  }

  #overLongAgo(nowMs: number): readonly Kept[] {
    return [...this.#all.values()].filter(({ overlay }) => overlay.untilMs + LISTED_MS < nowMs);
  }

  async put(
    wanted: WantedOverlay,
    { operator, jws, name }: Publisher & { readonly name: string },
    check: (all: readonly Overlay[]) => void,
  ): Promise<PutOverlay> {
    checkWanted(wanted);
    const standing = this.inForce();
    if (standing.length >= MAX_OVERLAYS)
      throw new NarrowgateError("conflict", `${MAX_OVERLAYS} overlays stand already; lift one first`);
    const { text, reason, forMs } = wanted;
    const putAtMs = this.#ports.clock.nowMs();
    const overlay = { id: randomId(), text, reason, putAtMs, untilMs: putAtMs + forMs, by: name };
    check([...standing, overlay]);
    const kept = { key: randomId(), overlay };
    const gone = this.#overLongAgo(putAtMs);
    const body = { action: "put", digest: overlayDigest(nodeSha256, text), until: overlay.untilMs, operator };
    const { durable } = this.#ports.evidence.record(
      [{ type: "overlay", id: overlay.id, body, proof: { request: jws }, content: { text, reason } }],
      [rowOf(kept), ...gone.map(({ key }) => ({ room: OVERLAY_ROOM, key, value: null }))],
    );
    // ORDER: in force from the turn of its record: forbidding early is safe, and every later decision stands behind it.
    for (const one of gone) this.#all.delete(one.overlay.id);
    this.#all.set(overlay.id, kept);
    this.#inForce = undefined;
    await durable;
    return overlay;
  }

  async lift(
    id: string,
    reason: string,
    { operator, jws, name }: Publisher & { readonly name: string },
  ): Promise<LiftedOverlay> {
    const kept = this.#all.get(id);
    if (kept === undefined) throw new NarrowgateError("not_found", "there is no such overlay");
    const { key, overlay } = kept;
    const nowMs = this.#ports.clock.nowMs();
    if (overlay.untilMs <= nowMs) throw new NarrowgateError("conflict", "this overlay is over");
    const body = { action: "lifted", overlay: id, digest: overlayDigest(nodeSha256, overlay.text), operator };
    const { durable } = this.#ports.evidence.record(
      [{ type: "overlay", body, proof: { request: jws }, content: { reason } }],
      [{ room: OVERLAY_ROOM, key, value: null }],
    );
    this.#all.delete(id);
    this.#inForce = undefined;
    await durable;
    return { ...overlay, liftedAtMs: nowMs, liftedBy: name };
  }
}

/** Opens the overlays that stood before. @throws `malformed_input` when a row is not what we wrote */
export async function openOverlays(ports: OverlayPorts): Promise<Overlays> {
  const kept = await loadRows(ports.state, OVERLAY_ROOM, parseRow, { page: 100 });
  return new OverlayRoom(ports, kept);
}
