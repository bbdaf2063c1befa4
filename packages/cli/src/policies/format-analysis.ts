import type { JsonObject } from "@narrowgate/kernel";
import type { Analysis } from "@narrowgate/policy/analysis";
import { cleanText } from "../terminal/clean-text.ts";

/** What a person reads of an analysis. */
export function analysisLines({ findings, undecided, cases, all }: Analysis): readonly string[] {
  return [
    ...findings.map(({ kind, about, message }) => `${kind}: ${about}: ${message}`),
    ...undecided.map(({ kind, about, why }) => `not decided: ${kind} of ${about}: ${why}`),
    `${cases} case(s) analysed${all ? "" : ", not all there are"}: ${findings.length} finding(s), ${undecided.length} not decided`,
  ].map((line) => cleanText(line));
}

/** The same for programs. */
export function analysisJson({ findings, undecided, cases, all }: Analysis): JsonObject {
  return {
    cases,
    all,
    findings: findings.map((finding) => ({ ...finding })),
    undecided: undecided.map((one) => ({ ...one })),
  };
}
