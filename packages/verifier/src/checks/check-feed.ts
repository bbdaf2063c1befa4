import type { EpochPair } from "@narrowgate/contracts";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";

/** The feed as it stood at a place in the log, walked forward. */
class Feed {
  position = 0;
  readonly #epochs: Map<string, number> = new Map();

  raise({ leaf }: Entry<"revocation">): string | undefined {
    const { feed, kind, id, epoch } = leaf.body;
    const name = `${kind}:${id}`;
    const before = this.#epochs.get(name) ?? 0;
    const isForward = feed > this.position && epoch > before;
    this.position = Math.max(this.position, feed);
    this.#epochs.set(name, Math.max(before, epoch));
    return isForward ? undefined : "a revocation does not raise feed and epoch";
  }

  firstDead(pairs: readonly EpochPair[]): string | undefined {
    return pairs.find(([name, epoch]) => (this.#epochs.get(name) ?? 0) > epoch)?.[0];
  }
}

/**
 * INVARIANT: each permitted call names the token it was given on, and is of that token's agent. Authority, revocation and
 * release are held against that token: a leaf that kept silent about it would be held against nothing.
 */
function callerFault({ leaf }: Entry<"decision">, presented: Entry<"token"> | undefined): string | undefined {
  if (leaf.body.action !== "call") return undefined;
  if (presented === undefined) return "a call was permitted on no token of its transaction";
  return leaf.agent?.id === presented.leaf.agent?.id
    ? undefined
    : "a call was permitted to another agent than the token's";
}

function permitFault(
  feed: Feed,
  decision: Entry<"decision">,
  tokens: ReadonlyMap<string, Entry<"token">>,
): string | undefined {
  const { verdict, feed: used, token } = decision.leaf.body;
  if (verdict !== "permit") return undefined;
  if (used < feed.position)
    return `a permit used feed ${used}, behind revocation ${feed.position} that stands before it`;
  const presented = token === undefined ? undefined : tokens.get(token);
  const stray = callerFault(decision, presented);
  if (stray !== undefined) return stray;
  const dead = presented && feed.firstDead(presented.leaf.body.epochs);
  return dead === undefined
    ? undefined
    : `a permit was given on a token that was revoked (${dead.split(":")[0]})`;
}

/**
 * Checks the revocation feed: it only rises, each permit used one that had every revocation before it, and no permit
 * and no mint rests on what was revoked.
 * @see docs/spec/evidence.md E-14, E-15
 */
export function checkFeed(evidence: Evidence, findings: Findings): void {
  const feed = new Feed();
  const tokens = new Map(entriesOf(evidence, "token").map((entry) => [entry.leaf.body.token, entry]));
  for (const entry of evidence.entries) {
    const fault = faultAt(feed, entry, tokens);
    if (fault !== undefined)
      findings.fail(entry.leaf.type === "token" ? "E-15" : "E-14", fault, entry.leaf.id);
  }
}

function faultAt(feed: Feed, entry: Entry, tokens: ReadonlyMap<string, Entry<"token">>): string | undefined {
  const { leaf } = entry;
  switch (leaf.type) {
    case "revocation":
      return feed.raise({ ...entry, leaf });
    case "decision":
      return permitFault(feed, { ...entry, leaf }, tokens);
    case "token":
      return feed.firstDead(leaf.body.epochs) === undefined
        ? undefined
        : "a token was dead when it was minted";
    default:
      return undefined;
  }
}
