import { lstatSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";

const PREFIX = "narrowgate-child-";

/** Name of a child's home before its random part: it says which process made it. */
export function homePrefix(pid: number): string {
  return `${PREFIX}${pid}-`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process is one all the same.
    return Object(error).code === "EPERM";
  }
}

/**
 * Removes homes of children whose gate was killed. Only empty folders go: what a child left behind is for its operator.
 * Trust: the folder is shared; a name alone says nothing, so links stay and nothing is removed that holds something.
 */
export function removeStaleHomes(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = new RegExp(`^${PREFIX}(\\d{1,10})-[A-Za-z0-9]{6}$`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      const path = join(folder, name);
      if (lstatSync(path).isDirectory()) rmdirSync(path);
    } catch {
      // Somebody else's, not empty, or gone meanwhile.
    }
  }
}
