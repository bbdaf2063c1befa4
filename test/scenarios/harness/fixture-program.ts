import { spawn } from "node:child_process";
import { once } from "node:events";
import { FIXTURE_PROGRAM } from "./fixture-registry.ts";
import { childEnvironment } from "./run-child.ts";

/** The fixture in a process of its own, over HTTP. */
export interface FixtureProgram {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts it and waits for its address, the first line it writes. */
export async function startFixture(): Promise<FixtureProgram> {
  const child = spawn(process.execPath, [FIXTURE_PROGRAM, "http"], {
    env: childEnvironment("/nonexistent"),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const signal = AbortSignal.timeout(20_000);
  let said = "";
  while (!said.includes("\n")) said += String((await once(child.stdout, "data", { signal }))[0]);
  return {
    url: said.trim(),
    async close() {
      child.kill();
      await once(child, "close");
    },
  };
}
