import { isNarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import { asObject, textAt } from "../admin/read-answer.ts";
import { cleanText } from "../terminal/clean-text.ts";

const MAX_BYTES = 64 * 1024;

/**
 * One line of the server's operator log as people read it: time, kind, what happened. A line of another form, such as
 * one that the runtime wrote, stays as it is.
 * Trust: details may hold text that others wrote; they are cleaned and cut.
 */
export function formatServerLine(line: string): string {
  if (!line.startsWith("{")) return cleanText(line);
  try {
    const event = asObject(parseStrictJson(line, { maxBytes: MAX_BYTES }));
    const time = textAt(event, "at").slice(11, 19);
    return cleanText(`${time} ${textAt(event, "kind")}: ${textAt(event, "detail")}`);
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    return cleanText(line);
  }
}
