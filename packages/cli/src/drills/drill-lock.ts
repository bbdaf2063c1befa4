import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import { endChildren } from "./driver-process.ts";

interface Holder {
  readonly pid: number;
  /** Where its sandboxes are. */
  readonly folder: string;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return Object(error).code === "EPERM";
  }
}

async function holderOf(file: string): Promise<Holder | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  const [pid = "0", folder = ""] = text?.split("\n") ?? [];
  return text === undefined ? undefined : { pid: Number(pid), folder };
}

/**
 * Keeps a second drill of one instance away until this one has ended. What a driver that was killed left behind is ended
 * and removed.
 * @param socket - of the instance. @param folder - of this run's sandboxes. @returns how the lock is given back
 * @throws `drill_running`
 */
export async function lockDrills(socket: string, folder: string): Promise<() => Promise<void>> {
  const file = join(dirname(socket), "drill.lock");
  const earlier = await holderOf(file);
  if (earlier !== undefined && isAlive(earlier.pid))
    throw new NarrowgateError(
      "drill_running",
      `a drill runs already on this instance (process ${earlier.pid})`,
    );
  if (earlier !== undefined) {
    endChildren(earlier.folder);
    await rm(earlier.folder, { recursive: true, force: true });
    await rm(file, { force: true });
  }
  await writeFile(file, `${process.pid}\n${folder}\n`, { mode: 0o600, flag: "wx" }).catch(
    (cause: unknown) => {
      throw new NarrowgateError("drill_running", "a drill began on this instance just now", { cause });
    },
  );
  return () => rm(file, { force: true });
}
