import type {
  AuditTrail,
  DrillRecord,
  DrillsNow,
  EntrySheet,
  ReadinessLine,
  ReadinessSheet,
  ReleaseEffects,
} from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { Disclosure, Viewer } from "./disclosure.ts";
import type { RollPage, RollQuery } from "./roll-ports.ts";

/** Releases as the console shows them: the same documents as in the admin API. Supplied by compose, as the rest below. */
export interface ReleasesOfPages {
  readonly environment: string;
  /** Newest first. */
  readonly list: () => readonly JsonObject[];
  /** Newest first, without what is sealed. */
  readonly glasses: () => readonly JsonObject[];
  /** What is forbidden over all of them now: who did, and until when (Unix milliseconds). */
  readonly overlays: () => readonly { readonly by: string; readonly until: number }[];
  /** Undefined when there is none. It discloses the evaluation and the proposal. */
  readonly show: (id: string) => Promise<Disclosure<JsonObject> | undefined>;
  /** Calls under it that changed something; a count of 0 discloses nothing; undefined when there is no such release. */
  readonly effects: (id: string) => Promise<Disclosure<ReleaseEffects> | undefined>;
  /** The certificate of the newest activation, byte for byte; undefined where it never was in force. */
  readonly certificate: (id: string) => Promise<Disclosure<Uint8Array> | undefined>;
}

/** Controls, drills and waivers as the console shows them. */
export interface AssurancePorts {
  readonly releases: ReleasesOfPages;
  /** Agents by id, each with its newest evaluation; a count of 0 discloses nothing. */
  readonly readiness: (query: RollQuery) => Promise<Disclosure<RollPage<ReadinessLine>>>;
  /** Undefined when there is no such agent; a count of 0 discloses nothing. */
  readonly readinessOf: (agent: string) => Promise<Disclosure<ReadinessSheet> | undefined>;
  /** @param limit - at most so many */
  readonly drills: (limit: number) => Disclosure<DrillRecord>;
  /** How many results there are, and the run that goes on, or went on last. */
  readonly drillsNow: () => Omit<DrillsNow, "mayStop">;
  /** Has a run of drills end. @param run - attacker-controlled. @throws `not_found` when it does not go on */
  readonly stopDrills: (run: string, by: Viewer) => void;
  /** What was put on record lately. @param limit - of each kind, at most; the count is of the leaves that were read */
  readonly trail: (limit: number) => Promise<Disclosure<AuditTrail>>;
  /**
   * One leaf by its id, by what it says in the open; undefined when it is not found.
   * @param at - where it should stand, attacker-controlled; absent: it is looked for
   */
  readonly entry: (id: string, at: number | undefined) => Promise<Disclosure<EntrySheet> | undefined>;
}
