import type { JsonObject } from "@narrowgate/kernel";
import type { EvidencePackReport } from "@narrowgate/verifier";
import { evaluationLines, packJson, packLines } from "../evidence/pack-text.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTime } from "../terminal/format-time.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { VerifierBuild } from "./verifier-build.ts";

/** Zero failures are never told as 0 %: what so many without one support. */
function sampleWords(sampled: number, others: number): string {
  if (sampled === others) return others === 0 ? "none" : "all, and verified";
  return sampled === 0
    ? "none"
    : `${sampled}, none of which failed: below ${(3 / sampled).toPrecision(2)} at 95 %`;
}

function transactionLines({ end, transactions }: EvidencePackReport): readonly string[] {
  if (end === undefined || transactions === undefined) return [];
  const { decisions, counts, open, notes } = transactions;
  const others = end.population - end.sensitive;
  return [
    `transactions: ${end.population} of the agent, as its chain of ${end.leaves} leaves shows; none is left out before the evaluation`,
    `sensitive: ${end.sensitive}, all verified; drawn of the other ${others}: ${sampleWords(end.sampled, others)}`,
    `decisions: ${decisions.recomputed} recomputed, ${decisions.refusedBeforePolicy} refused before policy, ${decisions.notRecomputed} not recomputed`,
    `lines: ${counts.proven} proven, ${counts.signed} signed, ${counts.claimed} claimed, ${counts.erased} erased, ${counts.missing} missing`,
    ...(open === 0 ? [] : [`had not ended when this was exported: ${open}`]),
    ...notes.map((note) => `note: ${note}`),
  ];
}

const LIMITS: readonly string[] = [
  "not shown: what the agent did after the evaluation, what passed round the gate, and what a sub-agent did elsewhere",
  "claimed by the instance: what its facts say beside the evaluation, such as counts of work and who owns the agent",
];

/** What an evidence pack shows, for a person. */
export function evidencePackLines(
  report: EvidencePackReport,
  build: VerifierBuild,
  terminal: Terminal,
): readonly string[] {
  const { verdict, upToHere, failures, pack, release, reported } = report;
  const tone = verdict === "failed" ? "bad" : verdict === "open" ? "warn" : "good";
  const words = upToHere === undefined ? verdict : `${verdict} (up to here: ${upToHere})`;
  const head = [
    terminal.paint(tone, `evidence pack: ${words}`),
    ...failures.map(({ rule, message }) => `broken ${rule}: ${message}`),
  ];
  const mine = `this verifier: ${build.version}, verifier build ${build.digest}`;
  if (pack === undefined || release === undefined) return [...head, mine];
  const made = pack.made_by;
  const isSame = made.verifier === build.digest ? "the same" : made.verifier;
  return [
    ...head,
    `release ${pack.release} of ${cleanText(pack.agent, 128)}, since ${formatTime(pack.since)}`,
    ...packLines(release),
    ...(reported === undefined || reported.at === release.evaluation?.at
      ? []
      : evaluationLines(reported).map((line) => `reported ${line}`)),
    ...transactionLines(report),
    "reports: what the evaluation gives, made again and compared",
    ...LIMITS,
    ...(verdict === "self-consistent" || upToHere === "self-consistent"
      ? ["warning: no trust file: the pack agrees with itself, and that is all"]
      : []),
    mine,
    `the one that wrote it: ${cleanText(made.version, 64)}, verifier build ${isSame}`,
  ];
}

/** The same as one JSON document. */
export function evidencePackJson(report: EvidencePackReport, build: VerifierBuild): JsonObject {
  const { verdict, upToHere, failures, pack, end, release, reported, transactions } = report;
  return {
    verdict,
    ...(upToHere === undefined ? {} : { upToHere }),
    failures: failures.map((failure) => ({ ...failure })),
    ...(pack === undefined ? {} : { pack }),
    ...(end === undefined ? {} : { end: { ...end, procedures: [...end.procedures] } }),
    ...(reported === undefined ? {} : { reported }),
    ...(release === undefined ? {} : { release: packJson(release) }),
    ...(transactions === undefined
      ? {}
      : {
          transactions: {
            ...transactions,
            decisions: { ...transactions.decisions },
            counts: { ...transactions.counts },
            notes: [...transactions.notes],
          },
        }),
    verifier: { ...build },
  };
}
