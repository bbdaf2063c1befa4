import type { RecordedDrill } from "@narrowgate/assurance";
import {
  type LeafDraft,
  parseDrillResult,
  parseWaiver,
  type StateReader,
  type Waiver,
} from "@narrowgate/contracts";
import { type JsonValue, readInteger, readObject, readString } from "@narrowgate/kernel";
import { loadRows } from "../../platform/store/load-rows.ts";

/** Rooms of the state table: results of drills by leaf id, and waivers by their id. */
export const DRILL_ROOM = "assurance-drill";
export const WAIVER_ROOM = "assurance-waiver";

/** A waiver that was asked for; it counts once another operator agreed. */
export interface KeptWaiver {
  readonly waiver: Waiver;
  /** Ref of the operator who asked. */
  readonly asked: string;
  /** The request that asked: what goes into the evidence beside that of who agrees. */
  readonly state: "asked" | "agreed" | "ended";
}

/** Results that are on record, oldest first. @throws `malformed_input` when a row is not what we wrote */
export async function loadDrills(state: StateReader): Promise<readonly RecordedDrill[]> {
  const kept = await loadRows(state, DRILL_ROOM, (value, path, key) => {
    const row = readObject(value, path, ["index", "result"]);
    return { entry: key, index: readInteger(row.index, "/index"), result: parseDrillResult(row.result) };
  });
  return [...kept].sort((a, b) => a.index - b.index);
}

/** Waivers, whatever became of them. @throws `malformed_input` when a row is not what we wrote */
export function loadWaivers(state: StateReader): Promise<readonly KeptWaiver[]> {
  return loadRows(state, WAIVER_ROOM, (value, path) => {
    const row = readObject(value, path, ["waiver", "asked", "state"]);
    const state = readString(row.state, "/state");
    return {
      waiver: parseWaiver(row.waiver),
      asked: readString(row.asked, "/asked"),
      state: state === "agreed" || state === "ended" ? state : "asked",
    };
  });
}

/** A leaf of assurance. @see docs/spec/evidence.md section 4 (`assurance`) */
export function assuranceLeaf(
  body: {
    readonly kind: string;
    readonly digest: string;
    readonly catalogue: string;
    readonly operator?: string;
    readonly second?: string;
  },
  document: JsonValue,
  more: Pick<LeafDraft, "id" | "agent" | "proof"> = {},
): LeafDraft {
  return { type: "assurance", body, content: { document }, ...more };
}
