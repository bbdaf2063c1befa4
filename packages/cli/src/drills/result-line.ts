import type { JsonObject } from "@narrowgate/kernel";
import { textAt } from "../admin/read-answer.ts";
import { cleanText } from "../terminal/clean-text.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** What a drill came to, in words; the code with its underscore is for programs. Trust: the verdict may be anybody's text. */
export function verdictWords(verdict: string): string {
  return cleanText(verdict.replaceAll("_", " "), 64);
}

/** A result as `drill run` prints it: what it came to, how many trials failed or why it shows nothing, how long it took. */
export function resultLine(result: JsonObject, { paint }: Pick<Terminal, "paint">): string {
  const verdict = textAt(result, "verdict");
  const tone = verdict === "pass" ? "good" : verdict === "fail" ? "bad" : "warn";
  const seconds = (Number(result.ended) - Number(result.started)) / 1000;
  const counted = `${textAt(result, "failures")} of ${textAt(result, "trials")} failed, bound ${textAt(result, "bound")}`;
  const why = result.unmet === undefined ? counted : cleanText(textAt(result, "unmet"), 200);
  return `${textAt(result, "drill")}  ${paint(tone, verdictWords(verdict))}  ${why}  (${seconds.toFixed(1)} s)`;
}
