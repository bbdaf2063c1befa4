import { type Leaf, openedMember } from "@narrowgate/contracts";
import type { Entry, Evidence } from "../evidence.ts";
import type { Mark } from "../findings.ts";
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

/** The name that was revoked. What nobody signed is not told as proven, and the leaf itself has the reference alone. */
function nameOf({ openings }: Entry, mark: Mark | undefined): string {
  const name = mark?.status === "signed" ? openedMember(openings.content, "name") : undefined;
  return typeof name === "string" ? ` ${cleanText(name)}` : "";
}

/**
 * What a revocation says, for a person. A task that ends takes along what was given under it, which is no incident; what
 * hit another task is told as that, for it is here only because of its position of the feed.
 */
export function revocationWords(
  { ends, foreign }: RevocationSetting,
  entry: Entry,
  { kind, id, by, feed }: Leaf<"revocation">["body"],
  mark: Mark | undefined,
): readonly string[] {
  const { leaf } = entry;
  const place = `by ${by}, position ${feed} of the feed`;
  if (foreign.has(leaf.id)) {
    if (kind === "mandate") return [`another mandate (${cleanText(id)}) ended, ${place}`];
    return [kind === "all" ? `all was revoked ${place}` : `another ${kind} was revoked ${place}`];
  }
  if (kind === "mandate" && leaf.txn !== undefined && ends.has(placeBehind(leaf, id, 0)))
    return [`with it ended all that was given under that mandate (${place})`];
  return [`${kind}${nameOf(entry, mark)} revoked ${place}: what rested on it ended`];
}
