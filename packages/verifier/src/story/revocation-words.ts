import { type Leaf, openedMember } from "@narrowgate/contracts";
import type { Entry, Evidence } from "../evidence.ts";
import { foreignRevocations } from "../foreign-revocations.ts";
import { cleanText } from "./clean-text.ts";

/** What is looked up once, before any revocation is told. */
export interface RevocationSetting {
  /** Places of the revocations that go with the end of a mandate. */
  readonly ends: ReadonlySet<string>;
  /** Leaf ids of the revocations that hit nothing the transaction rests on. */
  readonly foreign: ReadonlySet<string>;
}

/** Where the revocation stands that goes with the end of a mandate: right behind it, of the same transaction. */
function placeBehind({ txn }: Leaf, mandate: string, steps: 0 | 1): string {
  return `${mandate} ${txn?.id ?? ""} ${(txn?.seq ?? 0) + steps}`;
}

/** Looks up what the words of revocations need. Trust: the bundle is attacker-controlled. */
export function revocationSetting(evidence: Evidence): RevocationSetting {
  const places = evidence.entries.flatMap(({ leaf }) =>
    leaf.type === "mandate" && leaf.body.action !== "opened" ? [placeBehind(leaf, leaf.body.mandate, 1)] : [],
  );
  return { ends: new Set(places), foreign: foreignRevocations(evidence) };
}

/** The name that was revoked, as the gate's own word: whoever signed the request signed no name, and the leaf has none. */
function namedByGate({ openings }: Entry): string {
  const name = openedMember(openings.content, "name");
  return typeof name === "string" ? ` (the gate names it ${cleanText(name)})` : "";
}

/**
 * What a revocation says, for a person. A task that ends takes along what was given under it, which is no incident; what
 * hit another task is told as that, for it is here only because of its position of the feed.
 */
export function revocationWords(
  { ends, foreign }: RevocationSetting,
  entry: Entry,
  { kind, id, by, feed }: Leaf<"revocation">["body"],
): readonly string[] {
  const { leaf } = entry;
  const place = `by ${by}, position ${feed} of the feed`;
  if (foreign.has(leaf.id)) {
    if (kind === "mandate") return [`another mandate (${cleanText(id)}) ended, ${place}`];
    return [`${kind} revoked ${place}`];
  }
  if (kind === "mandate" && leaf.txn !== undefined && ends.has(placeBehind(leaf, id, 0)))
    return [`with it ended all that was given under that mandate (${place})`];
  return [`${kind} revoked ${place}: what rested on it ended${namedByGate(entry)}`];
}
