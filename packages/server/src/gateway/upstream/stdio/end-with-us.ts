import { type ChildProcess, spawn } from "node:child_process";

/**
 * Keeps a list of process groups, and ends them when its input closes: that is when we are gone, however we went.
 * POSIX shell; it starts nothing else and holds nothing of ours but that input.
 */
const script = `
live=
while read -r word group; do
  kept=
  for one in $live; do [ "$one" = "$group" ] || kept="$kept $one"; done
  live=$kept
  [ "$word" = add ] && live="$live $group"
done
for one in $live; do kill -9 "-$one"; done
`;

/** Ends child groups whose parent was killed and could not. */
export interface Undertaker {
  /**
   * Takes a group in charge.
   * @param group - id of the process that leads it
   * @param onFault - told why the group would outlive us
   * @returns lets go of the group, once it has ended
   */
  take(group: number, onFault: (why: string) => void): () => void;
}

type Watcher = ChildProcess & { readonly stdin: NonNullable<ChildProcess["stdin"]> };

function startWatcher(onGone: () => void): Watcher {
  // In a group of its own: who kills ours must not take it along.
  const watcher = spawn("/bin/sh", ["-c", script], {
    cwd: "/",
    env: {},
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.once("error", onGone).once("exit", onGone);
  watcher.stdin.on("error", () => {
    // It is gone: `onGone` says so.
  });
  // We may end while it waits: that is what it waits for.
  watcher.unref();
  if ("unref" in watcher.stdin && typeof watcher.stdin.unref === "function") watcher.stdin.unref();
  return watcher;
}

/** Makes an undertaker; its process starts with the first group. */
export function createUndertaker(): Undertaker {
  const live = new Map<number, (why: string) => void>();
  let watcher: Watcher | undefined;
  const watched = (): Watcher => {
    if (watcher !== undefined) return watcher;
    const started = startWatcher(() => {
      watcher = undefined;
      for (const onFault of live.values()) onFault("should this server be killed, its child would go on");
    });
    for (const group of live.keys()) started.stdin.write(`add ${group}\n`);
    watcher = started;
    return started;
  };
  return {
    take(group, onFault) {
      watched().stdin.write(`add ${group}\n`);
      live.set(group, onFault);
      return () => {
        live.delete(group);
        // INVARIANT: let go of before the id can be another's.
        watcher?.stdin.write(`drop ${group}\n`);
      };
    },
  };
}
