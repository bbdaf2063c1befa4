import type { HouseOverview, HouseRefusal, WaitingCall } from "@narrowgate/contracts";
import type { HousePorts } from "@narrowgate/server/pages";

/** What stands in the house that is shown; an absent part is empty. */
export interface ServedHouse {
  readonly overview?: Partial<HouseOverview>;
  /** Absent: people approve nowhere. */
  readonly waiting?: readonly WaitingCall[];
  readonly refusals?: readonly HouseRefusal[];
}

const empty: HouseOverview = {
  environment: "dev",
  agents: { active: 0, suspended: 0 },
  mandatesOpen: 0,
  policy: "none",
  log: { size: 4, published: 4, witnessed: 0 },
  witnesses: [],
};

/** A house made up for tests of the pages. */
export function servedHouse({ overview, waiting, refusals = [] }: ServedHouse = {}): HousePorts {
  return {
    overview: () => ({ ...empty, ...overview }),
    waitingCalls: () => waiting,
    isApprover: () => false,
    async refusals(limit) {
      const content = refusals.slice(0, limit);
      return content.length === 0 ? undefined : { from: 0, count: content.length, content };
    },
  };
}
