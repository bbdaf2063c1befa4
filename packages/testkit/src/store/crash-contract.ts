import { expect, it } from "vitest";
import { auditSamples } from "./audit-samples.ts";
import { startCommitter } from "./kill-committer.ts";
import type { StoreDriver } from "./store-driver.ts";
import { closing } from "./with-store.ts";

const rounds = 6;
/** Each round starts a process; on a busy machine that takes seconds. */
const timeoutMs = 60_000;

/** A killed process loses no commit it was told of, and leaves none half done. */
export function crashContract(driver: StoreDriver): void {
  it("keeps every acknowledged commit, whole, when its process is killed at any time", {
    timeout: timeoutMs,
  }, async () => {
    const location = await driver.newLocation();
    await (await driver.create(location)).close();
    for (let round = 0; round < rounds; round++) {
      const committer = startCommitter(driver, location);
      // The child never waits, so the signal finds it anywhere between two acknowledgements.
      await committer.acknowledged(2 + Math.floor(Math.random() * 40));
      const acknowledged = await committer.kill();
      const size = await closing(await driver.open(location), auditSamples);
      expect(size).toBeGreaterThanOrEqual(acknowledged);
      // A commit in flight may have become durable unheard; more than one cannot have.
      expect(size).toBeLessThanOrEqual(acknowledged + 7);
    }
  });
}
