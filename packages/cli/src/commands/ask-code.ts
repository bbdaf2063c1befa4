import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Call, OptionSpec } from "../command.ts";

const MAX_CODE = 256;

/** Options by which a one-time code can be given. */
export const CODE_OPTIONS: readonly OptionSpec[] = [
  { name: "code-file", value: "FILE", help: "read the code from a file; - is standard input" },
  {
    name: "code",
    value: "CODE",
    help: "the code itself; others on this machine can see it in the process list, so prefer the ways above",
  },
];

async function fromInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > MAX_CODE) break;
  }
  return text;
}

/** The one-time code: from a file, from standard input, from the command line, or asked for. @throws `usage` */
export async function askCode(call: Call, question: string): Promise<string> {
  const file = call.text("code-file");
  const given = call.text("code");
  const reads = file === "-" || (file === undefined && given === undefined && !call.terminal.interactive);
  const text = reads
    ? await fromInput()
    : file !== undefined
      ? await readFile(resolve(call.directory, file), "utf8")
      : (given ?? (await call.terminal.ask(question)));
  const code = text.trim();
  if (code === "" || code.length > MAX_CODE) throw new NarrowgateError("usage", "no code was given");
  return code;
}
