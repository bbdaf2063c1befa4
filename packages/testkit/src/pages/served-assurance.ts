import type {
  AuditTrail,
  DrillLine,
  DrillRun,
  EntrySheet,
  GlassLine,
  ReadinessLine,
  ReadinessSheet,
  ReleaseEffects,
  ReleaseSheet,
} from "@narrowgate/contracts";
import { type JsonObject, utf8 } from "@narrowgate/kernel";
import { type AssurancePorts, rollPage } from "@narrowgate/server/pages";

/** Releases and what they rest on, as they are shown; an absent part is empty. */
export interface ServedAssurance {
  readonly environment?: string;
  /** Newest first. */
  readonly releases?: readonly ReleaseSheet[];
  /** Newest first. */
  readonly glasses?: readonly GlassLine[];
  /** JSON of the certificate of each. */
  readonly certificate?: string;
  /** What calls under each changed. */
  readonly effects?: ReleaseEffects;
  readonly readiness?: readonly ReadinessLine[];
  readonly sheets?: readonly ReadinessSheet[];
  /** Newest first. */
  readonly drills?: readonly DrillLine[];
  /** Drills that run, asked for each time. */
  readonly run?: () => DrillRun;
  /** Told that somebody had a run end. */
  readonly stopped?: (run: string, by: string) => void;
  readonly trail?: AuditTrail;
  readonly entries?: readonly EntrySheet[];
}

const nothing: AuditTrail = { origin: "gate.example/log", readings: [], assurance: [], waivers: [] };

/** In a list nothing is told of what a release rests on. */
function lineOf(sheet: ReleaseSheet): JsonObject {
  const {
    manifest: _,
    deployment_document: __,
    evaluation: ___,
    drift,
    policy_names,
    history,
    ...line
  } = sheet;
  return line;
}

/** Assurance made up for tests of the pages. */
export function servedAssurance(served: ServedAssurance = {}): AssurancePorts {
  const { environment = "dev", releases = [], certificate, readiness = [], sheets = [] } = served;
  const { drills = [], run, stopped, trail = nothing, entries = [] } = served;
  const disclosed = <T>(content: T | undefined) =>
    content === undefined ? undefined : { from: 0, count: 1, content };
  return {
    releases: {
      environment,
      list: () => releases.map(lineOf),
      show: async (id) => disclosed(releases.find((one) => one.id === id)),
      overlays: () => [],
      glasses: () => [...(served.glasses ?? [])],
      async effects(id) {
        const one = releases.find((release) => release.id === id);
        if (one === undefined) return undefined;
        const { agent, deployment } = one;
        const { effects = { agent, deployment, total: 0, is_more: false, calls: [] } } = served;
        return { from: 0, count: effects.calls.length, content: effects };
      },
      certificate: async () => disclosed(certificate === undefined ? undefined : utf8(certificate)),
    },
    async readiness(query) {
      const content = rollPage(readiness, ({ agent }) => agent, query);
      return { from: 0, count: content.rows.filter(({ newest }) => newest !== undefined).length, content };
    },
    async readinessOf(agent) {
      const content = sheets.find((sheet) => sheet.agent === agent);
      return content === undefined
        ? undefined
        : { from: 0, count: content.newest === undefined ? 0 : 1, content };
    },
    drills: (limit) => ({
      from: 0,
      count: drills.length,
      content: { total: drills.length, drills: drills.slice(0, limit) },
    }),
    drillsNow: () => ({ total: drills.length, ...(run === undefined ? {} : { run: run() }) }),
    stopDrills: (asked, { auditor }) => stopped?.(asked, auditor),
    trail: async () => ({ from: 0, count: trail.readings.length + trail.assurance.length, content: trail }),
    entry: async (id) => disclosed(entries.find((entry) => entry.id === id)),
  };
}
