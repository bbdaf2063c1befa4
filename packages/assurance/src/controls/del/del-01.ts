import { type Authority, narrower, parseAuthority } from "@narrowgate/authority";
import type { Leaf } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";
import type { Control } from "../../fold/control.ts";
import type { KnownToken } from "../../fold/known.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { member } from "../../fold/opened.ts";
import { isSeen, own, type Seen, type Want } from "../../fold/seen.ts";
import { type Observation, ofEach } from "../../fold/tally.ts";
import { GATE_WROTE } from "../vantage.ts";

/** DEL-01: every exchange is compared again, child with parent, in the order on authorities and in lifetime. */
export const del01: Control = leafControl<{ equal: number }>({
  id: "DEL-01",
  reads: ["token"],
  of: "exchanges of a token for another",
  floor: 0.99,
  vantage: [
    GATE_WROTE,
    "What was granted is compared again from the sealed authorities; that the signed token says the same is the offline verifier's check (E-18).",
  ],
  keeps: () => ({ equal: 0 }),
  wants(seen) {
    if (seen.leaf.type !== "token") return [];
    const parent = parentOf(seen);
    return parent === undefined ? [] : [own(seen, "content"), contentOf(parent)];
  },
  look(seen, _, kept) {
    if (!isSeen(seen, "token") || seen.leaf.body.parent === undefined) return undefined;
    const parent = parentOf(seen);
    const found: Observation =
      parent === undefined
        ? { breaks: "a token names a parent that is not in the log" }
        : compare(seen, parent, kept);
    return ofEach([seen.leaf.agent?.id, parent?.agent], found);
  },
  judge: (finding, { kept: { equal } }) => ({
    ...finding,
    parameters: { equal_in_all_but_presenter_and_time: equal },
  }),
});

function parentOf({ leaf, known }: Omit<Seen, "open">): KnownToken | undefined {
  const parent = leaf.type === "token" ? leaf.body.parent : undefined;
  return parent === undefined ? undefined : known.tokens[parent];
}

function contentOf({ entry, index }: KnownToken): Want {
  return { id: entry, index, part: "content" };
}

function compare(seen: Seen<"token">, parent: KnownToken, kept: { equal: number }): Observation {
  const { leaf, open } = seen;
  const outer = outerBreach(leaf, parent);
  if (outer !== undefined) return { breaks: outer };
  const wide = readAuthority(member(open(contentOf(parent)), "granted"));
  const granted = readAuthority(member(open(own(seen, "content")), "granted"));
  if (wide === undefined || granted === undefined) return { undecided: true };
  const narrowing = narrower(wide, granted);
  if (narrowing.kind === "wider")
    return { breaks: `a child exceeds its parent in ${narrowing.violation.dimension}` };
  if (narrower(granted, wide).kind === "narrower") kept.equal++;
  return {};
}

function outerBreach({ body, txn }: Leaf<"token">, parent: KnownToken): string | undefined {
  if (body.expires_s > parent.expires_s) return "a child outlives its parent";
  return txn?.id === parent.txn ? undefined : "a child is of another transaction than its parent";
}

function readAuthority(value: unknown): Authority | undefined {
  if (value === undefined) return undefined;
  try {
    return parseAuthority(value);
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}
