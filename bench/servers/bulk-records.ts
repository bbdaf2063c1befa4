import { randomBytes } from "node:crypto";
import type { LeafDraft } from "@narrowgate/contracts";
import type { Instance } from "../../packages/server/src/compose/instance.ts";
import { openStore } from "../../packages/server/src/compose/open-store.ts";
import type { Config } from "../../packages/server/src/config/config.ts";

const LEAVES_AT_ONCE = 2000;
const TRANSACTIONS_AT_ONCE = 1000;
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

/** Writes transactions from opening to closing, as mandates would that came and went; one in a hundred stays open. */
export async function writeTransactions(
  { mandates, registry, evidence }: Instance,
  mandate: string,
  count: number,
): Promise<void> {
  const found = mandates.mandate(mandate);
  const agent = registry.agent(found?.document.agent ?? "");
  if (found === undefined || agent === undefined) throw new RangeError("no such mandate");
  const { document, basis } = found;
  const body = { subject: found.subjectRef, basis, expires: document.expires * 1000, idle_s: 900 };
  const transaction = (isOpen: boolean): readonly LeafDraft[] => {
    const txn = evidence.openTransaction();
    const opened = { action: "opened", mandate: text(16), digest: text(32), ...body };
    const content = { document: { ...document } };
    const opening = { type: "mandate" as const, txn, agent: agent.ref, body: opened, content };
    return isOpen ? [opening] : [opening, { type: "closing", txn, body: { entries: 1 } }];
  };
  for (let done = 0; done < count; done += TRANSACTIONS_AT_ONCE) {
    const here = Math.min(TRANSACTIONS_AT_ONCE, count - done);
    await evidence.record(Array.from({ length: here }, (_, i) => transaction(i % 100 === 0)).flat()).durable;
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
