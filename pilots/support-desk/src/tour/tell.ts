/** One thing the tour shows: what is claimed, whether it held, and how to check it oneself. */
export interface Shown {
  readonly claim: string;
  readonly held: boolean;
  /** What was seen, in a few words. */
  readonly seen: string;
  /** Command that shows the same. */
  readonly check?: string;
}

/** Prints the tour. Colours only where the terminal shows them. */
export interface Teller {
  chapter(title: string): void;
  note(text: string): void;
  show(shown: Shown): void;
  /** Claims that did not hold. */
  failures(): number;
  /** Claims shown. */
  count(): number;
}

/** @param colour - the terminal shows colours */
export function createTeller(colour: boolean, write: (text: string) => void): Teller {
  const paint = (code: string, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  let failed = 0;
  let shownCount = 0;
  return {
    chapter: (title) => write(`\n${paint("1", title)}\n`),
    note: (text) => write(`  ${text}\n`),
    show({ claim, held, seen, check }) {
      shownCount += 1;
      if (!held) failed += 1;
      const mark = held ? paint("32", "held  ") : paint("31", "FAILED");
      write(`  ${mark} ${claim}\n`);
      write(`         ${paint("2", seen)}\n`);
      if (check !== undefined) write(`         ${paint("2", `check: ${check}`)}\n`);
    },
    failures: () => failed,
    count: () => shownCount,
  };
}
