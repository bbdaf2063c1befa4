import { type Control, numberLimit } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen } from "../../fold/seen.ts";
import { agentOf } from "../called.ts";
import { GATE_WROTE } from "../vantage.ts";

const limits = { T1_life_s: 3600, T2_life_s: 3600, T3_life_s: 900, key_age_s: 180 * 86_400 };

/** CRD-04: tokens live no longer than their tier allows, and the key that signs them is young enough. */
export const crd04: Control = leafControl<{ keyAt: number }>({
  id: "CRD-04",
  reads: ["token", "key"],
  of: "lives of tokens",
  limits,
  vantage: [
    GATE_WROTE,
    "Secrets in configuration are refused when it is read; secrets anywhere else, and the trust rules of clouds and pipelines, are not seen.",
  ],
  keeps: () => ({ keyAt: 0 }),
  look(seen, of, kept) {
    const { leaf, known } = seen;
    if (leaf.type === "key" && leaf.body.action === "added" && leaf.body.purpose === "token")
      kept.keyAt = leaf.at;
    if (!isSeen(seen, "token")) return undefined;
    const tier = leaf.agent === undefined ? "T3" : (known.agents[leaf.agent.id]?.tier ?? "T3");
    // The clock may have moved by a second between the claim and the leaf.
    const life = seen.leaf.body.expires_s - Math.floor(leaf.at / 1000);
    const isLong = life > numberLimit(of, `${tier}_life_s`) + 1;
    return isLong ? { ...agentOf(seen), breaks: `a token lives ${life} s` } : agentOf(seen);
  },
  judge(finding, { world, kept: { keyAt }, limits: of }) {
    if (keyAt === 0) return { ...finding, unmet: "no leaf says when the signing key came into use" };
    const age = Math.floor((world.at - keyAt) / 1000);
    const parameters = { signing_key_age_s: age };
    if (age <= numberLimit(of, "key_age_s")) return { ...finding, parameters };
    const violations = [{ says: "the signing key is older than its rotation allows" }, ...finding.violations];
    return {
      ...finding,
      parameters,
      violations,
      violationsInAll: finding.violationsInAll + 1,
    };
  },
});
