import type { HouseOverview, HouseRefusal, WaitingCall } from "@narrowgate/contracts";
import type { Disclosure } from "./disclosure.ts";

/** What the console shows of the house itself; supplied by compose. */
export interface HousePorts {
  readonly overview: () => HouseOverview;
  /** Oldest first; undefined where there is no place at which people approve. */
  readonly waitingCalls: () => readonly WaitingCall[] | undefined;
  /** Whether the cookies of a request sign in a person with the role approver. Trust: attacker-controlled. */
  readonly isApprover: (cookie: string | undefined) => boolean;
  /** Of the newest leaves those that refuse, youngest first; undefined when there is none. @param limit - at most so many */
  readonly refusals: (limit: number) => Promise<Disclosure<readonly HouseRefusal[]> | undefined>;
}
