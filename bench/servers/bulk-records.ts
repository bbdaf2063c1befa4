import { randomBytes } from "node:crypto";
import type { Instance } from "../../packages/server/src/compose/open-instance.ts";
import { openStore } from "../../packages/server/src/compose/open-store.ts";
import type { Config } from "../../packages/server/src/config/config.ts";

const LEAVES_AT_ONCE = 2000;
const ROWS_AT_ONCE = 50_000;

const text = (bytes: number): string => randomBytes(bytes).toString("base64url");

/** Writes token leaves under a mandate, as exchanges would, without the exchanges. */
export async function writeTokenLeaves(
  { mandates, registry, evidence }: Instance,
  mandate: string,
  count: number,
): Promise<void> {
  const found = mandates.mandate(mandate);
  const agent = registry.agent(found?.document.agent ?? "");
  if (found === undefined || agent === undefined) throw new RangeError("no such mandate");
  const { txn } = found;
  const leaf = () => ({
    type: "token" as const,
    txn,
    agent: agent.ref,
    body: {
      decision: text(16),
      token: text(32),
      digest: text(32),
      mode: "continuation",
      jkt: text(32),
      expires_s: Math.floor(Date.now() / 1000) + 900,
      epochs: [[`mandate:${mandate}`, 0]],
    },
  });
  for (let done = 0; done < count; done += LEAVES_AT_ONCE) {
    const leaves = Array.from({ length: Math.min(LEAVES_AT_ONCE, count - done) }, leaf);
    await evidence.record(leaves).durable;
  }
}

/** Puts revoked token names into the state table of a store nobody holds, as so many revocations would have. */
export async function addRevokedIds(config: Config, count: number): Promise<void> {
  const store = await openStore(config);
  const { size, frontier } = await store.tree();
  const nothing = { entries: [], heads: [], sealed: [], tiles: [], eraseKeys: [] };
  for (let done = 0; done < count; done += ROWS_AT_ONCE) {
    const state = Array.from({ length: Math.min(ROWS_AT_ONCE, count - done) }, () => ({
      room: "epoch",
      key: `token:${text(32)}`,
      value: "1",
    }));
    await store.commit({ ...nothing, expectedSize: size, frontier, state });
  }
  await store.close();
}
