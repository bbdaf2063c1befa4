import type { Evaluation } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { PackReport, ProvenDrill } from "@narrowgate/verifier";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTime } from "../terminal/format-time.ts";
import { reportJson } from "./report-json.ts";

/** What an evaluation found, for a person. */
export function evaluationLines({ verdict, results, blocking, log, at }: Evaluation): readonly string[] {
  const counts = new Map<string, number>();
  for (const result of results) counts.set(result.verdict, (counts.get(result.verdict) ?? 0) + 1);
  const told = [...counts].map(([name, count]) => `${count} ${name.replaceAll("_", " ")}`);
  return [
    `evaluated: ${verdict.replace("_", " ")} at ${formatTime(at)} over ${log.size} entries of ${cleanText(log.origin, 128)}: ${told.join(", ")}`,
    ...(blocking.length === 0 ? [] : [`blocking: ${blocking.join(", ")}`]),
  ];
}

/** Never *0 %*: what so many trials without a failure support. */
function drillLine({ result }: ProvenDrill): string {
  const { drill, load, verdict, trials, failures, bound, simulated } = result;
  const found =
    failures === 0 ? `0 failures in ${trials}: below ${bound} at 95 %` : `${failures} failures in ${trials}`;
  const parts =
    simulated.length === 0 ? "" : `; simulated: ${simulated.map((one) => cleanText(one, 128)).join("; ")}`;
  return `drill ${drill} at ${load}: ${verdict.replace("_", " ")}, ${found}${parts}`;
}

function certificateLines({ certificate }: PackReport): readonly string[] {
  if (certificate === undefined) return ["certificate: none; this release never came into force there"];
  const { agent, environment, profile, not_established: open, signatures } = certificate;
  // Only the profile of all controls may speak of production.
  const words = profile.name === "full" && open.length === 0 ? "production-ready under" : "signed under";
  return [
    `certificate: ${cleanText(agent, 128)} in ${cleanText(environment, 32)}, ${words} profile ${cleanText(profile.name, 64)} ${profile.version}`,
    `signatures: ${signatures.map(({ role }) => role).join(", ")}`,
    `not established: ${open.map((one) => cleanText(one, 16)).join(", ") || "nothing"}`,
  ];
}

/** What a pack shows beside its report, for a person; nothing of one that failed. */
export function packLines(pack: PackReport): readonly string[] {
  if (pack.evaluation === undefined) return [];
  return [...certificateLines(pack), ...evaluationLines(pack.evaluation), ...pack.drills.map(drillLine)];
}

/** A report on a pack as one JSON document. */
export function packJson({ report, evaluation, drills, certificate }: PackReport): JsonObject {
  return {
    ...reportJson(report),
    ...(evaluation === undefined ? {} : { evaluation }),
    drills: drills.map(({ entry, result }) => ({ entry, result })),
    ...(certificate === undefined ? {} : { certificate }),
  };
}
