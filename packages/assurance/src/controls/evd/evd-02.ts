import type { JsonObject } from "@narrowgate/kernel";
import { type Control, type Finding, numberLimit } from "../../fold/control.ts";
import { nothingFound, worldControl } from "../../fold/leaf-control.ts";
import { missBound } from "../../fold/sample.ts";
import type { HeadFacts } from "../../fold/world.ts";

/** EVD-02: the log is one history, and somebody outside holds its head. */
export const evd02: Control = worldControl({
  id: "EVD-02",
  of: "proofs between heads, and proofs that leaves are under them",
  limits: { head_age_s: 3600 },
  vantage: [
    "Witnesses hold the heads: rewriting would take the log's key and as many of them as must cosign. What was never recorded no proof can show.",
    "Leaves that are shown to be under the head are drawn by its root. Those of sensitive transactions are shown to be under a head where they are replayed (EVD-01).",
  ],
  judge({ world: { heads, at }, limits }) {
    if (heads === undefined)
      return { ...nothingFound(), unmet: "no heads that are held outside were handed in" };
    const unmet = gapOf(heads);
    const age = heads.cosignedAt === undefined ? 0 : Math.floor((at - heads.cosignedAt) / 1000);
    const isOld = age > numberLimit(limits, "head_age_s");
    return {
      ...checked(heads),
      parameters: { ...figuresOf(heads), head_age_s: age },
      ...(unmet === undefined ? {} : { unmet }),
      ...(isOld ? { stale: "the newest cosigned head is too old" } : {}),
    };
  },
});

function checked({ checked: heads, included, inconsistent, missing }: HeadFacts): Finding {
  const says = [...inconsistent, ...missing];
  const population = heads + included;
  return {
    population,
    decided: population,
    violations: says.map((one) => ({ says: one })),
    violationsInAll: says.length,
    evidence: [],
  };
}

function figuresOf({ witnesses, threshold, checked: heads, included }: HeadFacts): JsonObject {
  return {
    witnesses,
    threshold,
    heads_compared: heads,
    leaves_drawn: included,
    miss_bound: missBound(included),
  };
}

/** INVARIANT: that heads are of one history shows no leaf to be under them, nor the other way round. */
function gapOf({
  threshold,
  witnesses,
  checked: heads,
  included,
  cosignedAt,
}: HeadFacts): string | undefined {
  if (threshold === 0) return "no witness is asked to cosign: whoever runs the log could have rewritten it";
  if (witnesses < threshold || cosignedAt === undefined)
    return `${witnesses} of ${threshold} witnesses hold the newest head`;
  if (heads === 0) return "no consistency between heads was checked";
  return included === 0 ? "no leaf was shown to be under the head" : undefined;
}
