import type { Terminal } from "./terminal.ts";

const SILENT_MS = 1000;
const EVERY_MS = 1000;

/** Waits for something, and says so on standard error once it takes longer than a second. */
export async function withProgress<T>(terminal: Terminal, label: string, work: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let told = 0;
  const tell = (): void => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    // Without a terminal each report is a line of its own, so they become rarer: after 1, 2, 4, 8 seconds.
    if (!terminal.interactive && seconds < told * 2) return;
    told = seconds;
    terminal.progress(`${label}: ${seconds} s`);
  };
  const first = setTimeout(tell, SILENT_MS);
  const next = setInterval(tell, EVERY_MS);
  try {
    return await work;
  } finally {
    clearTimeout(first);
    clearInterval(next);
    if (told > 0) terminal.endProgress();
  }
}
