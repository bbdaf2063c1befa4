import { type Leaf, openedMember, parseLeafBytes } from "@narrowgate/contracts";
import type { Store } from "../../platform/store/store.ts";
import type { OpeningReader } from "../openings.ts";
import { openedEntry } from "./transaction-entries.ts";

/** What became of a call: what its server answered, `unknown` after a crash, `pending` while nobody knows yet. */
export type CallOutcome = Leaf<"outcome">["body"]["status"] | "unknown" | "pending";

/** A call that left for its server, as the log has it. */
export interface DispatchedCall {
  /** Where its `dispatch` leaf stands. */
  readonly index: number;
  /** Leaf id of the dispatch. */
  readonly entry: string;
  readonly txn: string;
  /** Ref. */
  readonly agent?: string;
  readonly atMs: number;
  readonly outcome: CallOutcome;
  /** What the mandate of its transaction is for; absent where that was erased, or was not reached. */
  readonly purpose?: string;
}

/** Leaves that are walked through in all; behind it an outcome is `pending` and a purpose is not told. */
const MAX_WALKED = 200_000;

interface Story {
  readonly outcomes: Map<string, CallOutcome>;
  purpose?: string;
}

class Reader {
  readonly #store: Store;
  readonly #reader: OpeningReader | undefined;
  #walked = 0;

  constructor(store: Store, reader: OpeningReader | undefined) {
    this.#store = store;
    this.#reader = reader;
  }

  async leafAt(index: number): Promise<Leaf | undefined> {
    const [row] = await this.#store.entries(index, 1);
    return row?.index === index ? parseLeafBytes(row.leaf) : undefined;
  }

  /** Walks a transaction from its end to its beginning, once for all its calls. */
  async story(txn: string): Promise<Story> {
    const story: Story = { outcomes: new Map() };
    for (
      let at = (await this.#store.head("txn", txn))?.index ?? null;
      at !== null && this.#walked < MAX_WALKED;
    ) {
      const [row] = await this.#store.entries(at, 1);
      if (row === undefined) return story;
      this.#walked += 1;
      const leaf = parseLeafBytes(row.leaf);
      if (leaf.type === "outcome") story.outcomes.set(leaf.body.decision, leaf.body.status);
      if (leaf.type === "unknown") story.outcomes.set(leaf.body.decision, "unknown");
      if (leaf.type === "mandate" && leaf.body.action === "opened") await this.#purpose(story, at);
      at = row.txnPrevious;
    }
    return story;
  }

  async #purpose(story: Story, index: number): Promise<void> {
    if (this.#reader === undefined) return;
    const { openings } = await openedEntry(this.#store, this.#reader, index);
    const document = openedMember(openings.content, "document");
    const purpose: unknown = Reflect.get(Object(document), "purpose");
    if (typeof purpose === "string") story.purpose = purpose;
  }
}

/**
 * What became of calls, and what they were for.
 * Trust: gives out sealed content; the caller has authenticated an auditor and records the reading (E-2).
 * @param openings - absent: nothing is opened, and no purpose is told
 * @param indexes - of `dispatch` leaves; what is none is left out
 * @throws `malformed_input`, `verification_failed` on a damaged store
 */
export async function dispatchedCalls(
  store: Store,
  openings: OpeningReader | undefined,
  indexes: readonly number[],
): Promise<readonly DispatchedCall[]> {
  const reader = new Reader(store, openings);
  const stories = new Map<string, Story>();
  const found: DispatchedCall[] = [];
  for (const index of indexes) {
    const leaf = await reader.leafAt(index);
    if (leaf?.type !== "dispatch" || leaf.txn === undefined) continue;
    const { id: entry, txn, agent, at: atMs, body } = leaf;
    const story = stories.get(txn.id) ?? (await reader.story(txn.id));
    stories.set(txn.id, story);
    found.push({
      index,
      entry,
      txn: txn.id,
      ...(agent === undefined ? {} : { agent: agent.id }),
      atMs,
      outcome: story.outcomes.get(body.decision) ?? "pending",
      ...(story.purpose === undefined ? {} : { purpose: story.purpose }),
    });
  }
  return found;
}
