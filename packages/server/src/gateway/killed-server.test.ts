import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";

const program = fileURLToPath(new URL("../../test/gateway/parent-of-children.ts", import.meta.url));
const started: number[] = [];

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

afterEach(() => {
  for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
});

/** Starts a server with children; gives it once all have come up, and so many have ended. */
async function serverWith(count: number, ended: number) {
  const server = spawn(
    process.execPath,
    [
      "--conditions=@narrowgate/source",
      "--disable-warning=ExperimentalWarning",
      program,
      `${count}`,
      `${ended}`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const pids: number[] = [];
  let gone = 0;
  for await (const line of createInterface({ input: server.stdout })) {
    if (line === "ended") gone += 1;
    else {
      pids.push(Number(line));
      started.push(Number(line));
    }
    if (pids.length === count && gone === ended) break;
  }
  return { server, pids };
}

describe("a server that is killed", () => {
  it("takes its children with it, also those that hear nothing", { timeout: 20_000 }, async () => {
    const { server, pids } = await serverWith(3, 1);
    expect(pids.filter(isAlive)).toHaveLength(2);
    server.kill("SIGKILL");
    await once(server, "exit");
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 });
  });
});
