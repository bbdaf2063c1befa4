import type { JsonObject } from "@narrowgate/kernel";
import type { Report } from "@narrowgate/verifier";

/** A report as one JSON document. */
export function reportJson(report: Report): JsonObject {
  const { failures, story, witnesses, counts, decisions, provenance, timings, log, ...rest } = report;
  return {
    ...rest,
    ...(log === undefined ? {} : { log: { ...log } }),
    failures: failures.map((failure) => ({ ...failure })),
    counts: { ...counts },
    decisions: { ...decisions },
    provenance: { ...provenance },
    witnesses: witnesses.map((witness) => ({ ...witness })),
    story: story.map((line) => ({ ...line })),
    timings: { ...timings },
  };
}
