import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import { textAt } from "../admin/read-answer.ts";
import { cleanText } from "../terminal/clean-text.ts";

const SIGNS: Readonly<Record<string, string>> = { added: "+", removed: "-", changed: "~" };
const MAX_CHARS = 400;

/**
 * One difference between two releases as a line.
 * Trust: both come from an instance, and may hold what others wrote.
 * @param names - how policies are called, by digest; a policy without a name goes by its digest alone
 */
export function changeLine(change: JsonObject, names: JsonObject): string {
  const [part, digest] = [textAt(change, "part"), textAt(change, "name")];
  const known = part === "policies" && Object.hasOwn(names, digest) ? textAt(names, digest) : "";
  const name = known === "" ? digest : `${known} (${digest})`;
  const side = (which: string): string =>
    change[which] === undefined ? "nothing" : canonicalJson(change[which]);
  const sign = SIGNS[textAt(change, "change")] ?? "?";
  return cleanText(`${sign} ${part} ${name}: ${side("before")} -> ${side("after")}`, MAX_CHARS);
}
