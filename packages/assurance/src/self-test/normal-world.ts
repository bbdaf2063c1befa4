import type { DrillResult, GateProfile } from "@narrowgate/contracts";
import type { RecordedDrill, World } from "../fold/world.ts";
import { foundation } from "../profiles/profiles.ts";
import { cast } from "./cast.ts";
import { digestFor, idFor } from "./story.ts";

const dayMs = 86_400_000;
const origin = cast.origin;

/** A result of every drill the profile demands, all well, an hour before. */
export function drillsOf(profile: GateProfile, at: number): readonly RecordedDrill[] {
  return profile.drills.map(({ drill, load, trials }, index) => {
    const result: DrillResult = {
      format: "narrowgate-drill/1",
      drill,
      scenario: digestFor(`scenario ${drill}`),
      build: cast.build,
      release: cast.release,
      agent: "triage",
      load,
      calls_per_s: 50,
      seed: 1,
      expected: "refused",
      trials,
      failures: 0,
      bound: 3 / trials,
      verdict: "pass",
      observed: [],
      figures: { local_stop_ms: 200, contained_ms: 900, rollback_ms: 1500 },
      simulated: [],
      started: at - 3_700_000,
      ended: at - 3_600_000,
      evidence: { origin: "sandbox.example/log/main", from: 0, checkpoint: "sandbox" },
    };
    return { entry: idFor(`drill ${drill}`), index: 1000 + index, result };
  });
}

/** The plane beside a normal life, with nothing amiss. */
export function normalWorld(at: number, size: number): World {
  return {
    at,
    window: { from: at - 30 * dayMs, to: at },
    environment: "prod",
    agent: {
      ref: cast.agent,
      id: "triage",
      tier: "T3",
      state: "active",
      owner: cast.owner,
      deputy: cast.deputy,
      expires: (at + 50 * dayMs) / 1000,
    },
    log: { origin, size, root: digestFor("root") },
    release: cast.release,
    manifest: {
      v: 1,
      agent: { id: "triage", purpose: "answers tickets", tier: "T3", delegates: ["fetcher"] },
      ceiling: {},
      tools: [tool("read_text", "read"), tool("write_text", "write"), tool("send_money", "irreversible")],
      policies: [digestFor("policy text")],
      response_rules: [],
      procedure: cast.procedure,
      brokers: [],
      attested: [],
      declared: {},
    },
    deployment: cast.deployment,
    build: cast.build,
    profile: foundation,
    drills: drillsOf(foundation, at),
    authors: [],
    replay: { at: at - 60_000, sensitive: 2, sampled: 1, failed: [], missing: 0 },
    heads: {
      checked: 3,
      inconsistent: [],
      included: 8,
      missing: [],
      witnesses: 2,
      threshold: 1,
      cosignedAt: at - 60_000,
    },
    retention: {
      at: at - 60_000,
      bands: [
        { from_days: 0, records: 31, fetched: 31, opened: 31, erased: 0 },
        { from_days: 1, records: 900, fetched: 32, opened: 30, erased: 2 },
        { from_days: 7, records: 0, fetched: 0, opened: 0, erased: 0 },
      ],
      failed: [],
      days: { content: 365 },
      holds: 1,
      erasures: 2,
      looked: 2,
    },
    gate: { defaultDeny: true, failClosed: true, feedMaxAgeSeconds: 30, foreignKeys: [] },
    selfTest: { controls: 49, wrong: [] },
    waivers: [],
  };
}

function tool(name: string, effect: "read" | "write" | "irreversible"): World["manifest"]["tools"][number] {
  const egress = effect === "irreversible";
  const pin = digestFor(`pin ${name}`);
  return {
    server: "files",
    kind: "tool",
    name,
    dataClass: "internal",
    effect,
    egress,
    scope: "files:read",
    pin,
  };
}
