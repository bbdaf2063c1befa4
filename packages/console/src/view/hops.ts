import type { BundleEntry } from "@narrowgate/contracts";
import { holderNames } from "./actor-tree.ts";
import type { TimelineItem } from "./timeline.ts";
import { visibleText } from "./visible-text.ts";

/** Events one after another of which nothing has to be noticed, or one that has. */
export type HopRow =
  | { readonly kind: "event"; readonly item: TimelineItem }
  | { readonly kind: "quiet"; readonly items: readonly TimelineItem[] };

/** What one link of the chain did: everything under tokens of the same actors. */
export interface Hop {
  /** Names from the first agent to the one that acted; undefined for what belongs to the task as a whole. */
  readonly actors: readonly string[] | undefined;
  /** In the order of the log. */
  readonly rows: readonly HopRow[];
  readonly events: number;
  readonly permits: number;
  readonly refusals: number;
  /** Events that break a rule. */
  readonly failed: number;
  readonly isOpen: boolean;
}

/** Quiet events up to this many in a row are not put away. */
const MAX_QUIET_ROW = 6;

/** The item a person looks for first: one that breaks a rule, else one that was refused. */
export function firstTrouble(items: readonly TimelineItem[]): TimelineItem | undefined {
  return (
    items.find(({ failures }) => failures.length > 0) ?? items.find(({ verdict }) => verdict === "refuse")
  );
}

function isQuiet({ verdict, failures }: TimelineItem): boolean {
  return verdict !== "refuse" && failures.length === 0;
}

function rowsOf(items: readonly TimelineItem[]): readonly HopRow[] {
  const rows: HopRow[] = [];
  let run: TimelineItem[] = [];
  const flush = (): void => {
    if (run.length > MAX_QUIET_ROW) rows.push({ kind: "quiet", items: run });
    else rows.push(...run.map((item) => ({ kind: "event", item }) as const));
    run = [];
  };
  for (const item of items) {
    if (isQuiet(item)) {
      run.push(item);
      continue;
    }
    flush();
    rows.push({ kind: "event", item });
  }
  flush();
  return rows;
}

/** Finds whose token each entry was made under. */
class Holders {
  readonly #entries: ReadonlyMap<string, BundleEntry>;
  readonly #names: ReadonlyMap<string, readonly string[]>;
  /** Token that a decision to mint led to, by the decision. */
  readonly #minted = new Map<string, string>();

  constructor(entries: ReadonlyMap<string, BundleEntry>) {
    this.#entries = entries;
    this.#names = holderNames([...entries.values()]);
    for (const { leaf } of entries.values())
      if (leaf.type === "token") this.#minted.set(leaf.body.decision, leaf.body.token);
  }

  #ofDecision(id: string): readonly string[] | undefined {
    const leaf = this.#entries.get(id)?.leaf;
    if (leaf?.type !== "decision") return undefined;
    // A token that is made for a call, for the upstream, belongs to whoever made the call.
    const minted = leaf.body.action === "call" ? undefined : this.#minted.get(id);
    return this.#names.get(minted ?? leaf.body.token ?? "");
  }

  of(id: string): readonly string[] | undefined {
    const leaf = this.#entries.get(id)?.leaf;
    switch (leaf?.type) {
      case "decision":
        return this.#ofDecision(id);
      case "token":
      case "dispatch":
      case "outcome":
      case "unknown":
        return this.#ofDecision(leaf.body.decision);
      default:
        return undefined;
    }
  }
}

function settle(
  {
    actors,
    items,
  }: { readonly actors: readonly string[] | undefined; readonly items: readonly TimelineItem[] },
  isOpen: boolean,
): Hop {
  const count = (verdict: TimelineItem["verdict"]): number =>
    items.filter((item) => item.verdict === verdict).length;
  return {
    actors: actors?.map(visibleText),
    rows: rowsOf(items),
    events: items.length,
    permits: count("permit"),
    refusals: count("refuse"),
    failed: items.filter(({ failures }) => failures.length > 0).length,
    isOpen,
  };
}

/**
 * Draws the events of a transaction together by who acted, in the order in which each first did. The one with the first
 * trouble is open; where there is none, the last.
 */
export function hopsOf(
  items: readonly TimelineItem[],
  entries: ReadonlyMap<string, BundleEntry>,
): readonly Hop[] {
  const holders = new Holders(entries);
  const groups = new Map<string, { actors: readonly string[] | undefined; items: TimelineItem[] }>();
  for (const item of items) {
    const actors = holders.of(item.entry);
    const key = JSON.stringify(actors ?? null);
    const group = groups.get(key) ?? { actors, items: [] };
    group.items.push(item);
    groups.set(key, group);
  }
  const found = [...groups.values()];
  const trouble = firstTrouble(items);
  const shown = trouble === undefined ? found.at(-1) : found.find((group) => group.items.includes(trouble));
  return found.map((group) => settle(group, group === shown));
}
