import { createInterface } from "node:readline/promises";
import { stripVTControlCharacters, styleText } from "node:util";
import { NarrowgateError } from "@narrowgate/kernel";

/** What a colour says; the words always say it too. */
export type Tone = "good" | "bad" | "warn" | "faint" | "strong";

const STYLES = { good: "green", bad: "red", warn: "yellow", faint: "gray", strong: "bold" } as const;

/** Where a command speaks. Results go to standard output, everything else to standard error. */
export interface Terminal {
  /** One JSON document on standard output, and nothing else there. */
  readonly json: boolean;
  /** A person sits here and can be asked. */
  readonly interactive: boolean;
  readonly colour: boolean;
  /** Characters on a line; 100 where there is no terminal. */
  readonly width: number;
  /** A line of the result. */
  out(line: string): void;
  /** A line beside the result. */
  note(line: string): void;
  /** A line of progress that the next one replaces, where the terminal can do that. */
  progress(line: string): void;
  /** Ends the line of progress. */
  endProgress(): void;
  paint(tone: Tone, text: string): string;
  /** Asks for one line. @throws `usage` when nobody can be asked */
  ask(question: string): Promise<string>;
}

/** The streams and settings a terminal is made from. */
export interface TerminalStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly error: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/** One line; Ctrl-C and Ctrl-D are answers too, and mean no. */
async function askOn({ input, error }: TerminalStreams, question: string): Promise<string> {
  const reader = createInterface({ input, output: error });
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const refuse = (): void => reject(new NarrowgateError("usage", "no answer was given"));
  reader.once("SIGINT", refuse);
  reader.once("close", refuse);
  try {
    return (await Promise.race([reader.question(question), ended])).trim();
  } finally {
    reader.off("close", refuse);
    reader.close();
  }
}

/** Makes the terminal of this process. Colours only on a terminal, and never with `NO_COLOR`. */
export function openTerminal(streams: TerminalStreams, json: boolean): Terminal {
  const { input, output, error, env } = streams;
  const isDumb = env.NO_COLOR !== undefined && env.NO_COLOR !== "";
  const colour = output.isTTY === true && !isDumb && env.TERM !== "dumb" && !json;
  const interactive = input.isTTY === true && error.isTTY === true;
  const write = (stream: NodeJS.WriteStream, line: string): void => {
    stream.write(`${colour ? line : stripVTControlCharacters(line)}\n`);
  };
  return {
    json,
    interactive,
    colour,
    width: output.columns ?? 100,
    out: (line) => write(output, line),
    note: (line) => write(error, line),
    progress: (line) => {
      if (error.isTTY === true) error.write(`\r\u001b[2K${line}`);
      else error.write(`${line}\n`);
    },
    endProgress: () => {
      if (error.isTTY === true) error.write("\r\u001b[2K");
    },
    paint: (tone, text) => (colour ? styleText(STYLES[tone], text, { validateStream: false }) : text),
    ask: async (question) => {
      if (!interactive)
        throw new NarrowgateError("usage", "nobody can be asked here; give the answer as an option");
      return askOn(streams, question);
    },
  };
}

/** Asks a yes-or-no question; anything but yes is no. @throws `usage` when nobody can be asked */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  return /^y(?:es)?$/i.test(await terminal.ask(`${question} [y/N] `));
}
