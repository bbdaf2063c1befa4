import type { MandateIntent } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Call, OptionSpec } from "../command.ts";

/** Options of commands that open a mandate: what its task needs, and nothing else. */
export const INTENT_OPTIONS: readonly OptionSpec[] = [
  { name: "case", value: "ID", help: "ticket or case the task is about" },
  {
    name: "tool",
    value: "SERVER/TOOL",
    repeats: true,
    help: "tool the task needs; with one or more, no other is reached",
  },
  {
    name: "resource",
    value: "PREFIX",
    repeats: true,
    help: "beginning of MCP resource addresses the task reads; with one or more, no other is read (says nothing of a tool's arguments, such as paths: an authority does)",
  },
];

/** In the order the document keeps: by UTF-16 code units, none twice. */
function sorted(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

function toolName(text: string): string {
  if (/^[\x21-\x2e\x30-\x7e]+\/[\x21-\x7e]+$/.test(text)) return text;
  throw new NarrowgateError("usage", "--tool is a server and one of its tools, such as files/read_text_file");
}

/**
 * The intent that was typed; undefined when none was.
 * @throws `usage` when a tool is not named with its server
 * @see docs/spec/evidence.md E-33
 */
export function readIntent(call: Pick<Call, "text" | "list">): MandateIntent | undefined {
  const about = call.text("case");
  const tools = sorted(call.list("tool").map(toolName));
  const resources = sorted(call.list("resource"));
  const intent: MandateIntent = {
    ...(about === undefined ? {} : { case: about }),
    ...(tools.length === 0 ? {} : { tools }),
    ...(resources.length === 0 ? {} : { resources }),
  };
  return Object.keys(intent).length === 0 ? undefined : intent;
}
