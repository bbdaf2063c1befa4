import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { StoreDriver } from "./store-driver.ts";

const program = fileURLToPath(new URL("./commit-child.ts", import.meta.url));

/** A child process that holds a store and commits to it without end. */
export interface Committer {
  /** Waits until `count` more sizes were printed; returns the last. Rejects when the child ends before that. */
  acknowledged(count: number): Promise<number>;
  /** Kills the child as a power switch would (SIGKILL) and waits for its end; returns the last size it printed. */
  kill(): Promise<number>;
}

/** Starts a committer on an existing store. The caller kills it. */
export function startCommitter(driver: StoreDriver, location: string): Committer {
  const child = spawn(process.execPath, childArguments(driver, location), {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = `${errors}${chunk.toString()}`.slice(-4000);
  });
  const lines = createInterface({ input: child.stdout });
  let last = -1;
  let heard = 0;
  lines.on("line", (line) => {
    last = Number(line);
    heard += 1;
  });
  return {
    acknowledged: (count) =>
      new Promise((resolve, reject) => {
        const goal = heard + count;
        const listen = (): void => {
          if (heard < goal) return;
          lines.off("line", listen);
          resolve(last);
        };
        lines.on("line", listen);
        void ended.then(() => reject(new Error(`the committer ended by itself: ${errors}`)));
      }),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
      return last;
    },
  };
}

/** How a committer ended that was not killed. */
export interface CommitterEnd {
  /** The last size that it printed. */
  readonly acknowledged: number;
  readonly exitCode: number | null;
  readonly errors: string;
}

/**
 * Runs a committer on an existing store until it cannot write any more, because the system lets none of its files grow
 * past a small size: to the store that is a full disk.
 */
export function commitUntilFull(driver: StoreDriver, location: string): CommitterEnd {
  const limited = ["-c", 'ulimit -f 1024 && exec "$@"', "sh", process.execPath];
  const child = spawnSync("sh", [...limited, ...childArguments(driver, location)], {
    encoding: "utf8",
    timeout: 60_000,
  });
  const acknowledged = Number(child.stdout.trimEnd().split("\n").at(-1));
  return { acknowledged, exitCode: child.status, errors: child.stderr };
}

function childArguments(driver: StoreDriver, location: string): string[] {
  return ["--conditions=@narrowgate/source", program, driver.moduleUrl, driver.openName, location];
}
