import type { ReleaseEffects } from "@narrowgate/contracts";

/** What calls under a release changed, as tests of the console serve it. */
export const sampleEffects: ReleaseEffects = {
  agent: "refunds",
  deployment: "D".repeat(43),
  total: 1204,
  is_more: false,
  calls: [
    {
      entry: "E".repeat(22),
      txn: `${"W".repeat(22)}.${"T".repeat(22)}`,
      at: Date.UTC(2026, 10, 21, 9, 30),
      server: "payments",
      operation: "tool refund",
      effect: "irreversible",
      egress: false,
      outcome: "unknown",
      agent: "refunds",
      purpose: "pays back what was bought twice",
    },
  ],
};
