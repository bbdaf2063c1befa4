import type { HouseOverview, HouseRefusal, WaitingCall } from "@narrowgate/contracts";
import type { ServedHouse } from "@narrowgate/testkit/pages";

const atMs = 1_795_000_000_000;

/** A call that waits for a second signature. */
export function waitingCall(n: number): WaitingCall {
  return {
    id: `waiting-${n}`,
    agent: "refunds",
    subject: "https://idp.example#ana",
    server: "payments",
    operation: "tool refund",
    effect: "irreversible",
    requires: ["approver#1", "approver#2"],
    missing: ["approver#2"],
    askedAtMs: atMs + n * 1000,
    notAfterMs: atMs + 900_000 + n * 1000,
    url: `https://approve.example/approve#handle-${n}`,
  };
}

const overview: HouseOverview = {
  environment: "prod",
  agents: { active: 3, suspended: 1 },
  mandatesOpen: 2,
  policy: "in_force",
  log: { size: 4812, published: 4812, witnessed: 4800 },
  witnesses: [
    { name: "witness.example", last: "unavailable", behind: 12 },
    { name: "second-witness.example", last: "cosigned", behind: 0 },
  ],
};

const refusals: readonly HouseRefusal[] = [
  {
    entry: "ZW50cnktMDAwMDAwMDAwMg",
    txn: `${"A".repeat(22)}.${"B".repeat(22)}`,
    atMs: atMs + 5_000,
    action: "call",
    code: "policy_denied",
  },
  { entry: "ZW50cnktMDAwMDAwMDAwMQ", atMs, action: "mint", code: "agent_inactive" },
];

/** A house in which something goes on everywhere. */
export const busyHouse: Required<ServedHouse> = {
  overview,
  waiting: Array.from({ length: 7 }, (_, n) => waitingCall(n)),
  refusals,
};
