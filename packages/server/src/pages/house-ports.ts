import type { ErrorCode } from "@narrowgate/contracts";
import type { Disclosure } from "./ports.ts";

/** What runs, what waits, and how the log stands: no name of a person in it, and nothing out of the log. */
export interface Overview {
  readonly environment: string;
  readonly agents: { readonly active: number; readonly suspended: number };
  readonly mandatesOpen: number;
  readonly policy: "none" | "in_force" | "rejected";
  readonly log: {
    /** Leaves, and how many of them the newest published and the newest cosigned head cover. */
    readonly size: number;
    readonly published: number;
    readonly witnessed: number;
  };
  readonly witnesses: readonly {
    readonly name: string;
    readonly last: "cosigned" | "refused" | "unavailable" | "unasked";
    readonly behind: number;
  }[];
}

/** A call that waits for people. Personal data: the subject. No argument of it stands here. */
export interface WaitingCall {
  readonly id: string;
  readonly agent: string;
  readonly subject: string;
  readonly server: string;
  /** Kind and name. */
  readonly operation: string;
  readonly effect: string;
  /** `role#n`, sorted. */
  readonly requires: readonly string[];
  /** Those that nobody has signed for. */
  readonly missing: readonly string[];
  /** Unix milliseconds. */
  readonly askedAtMs: number;
  /** Unix milliseconds. */
  readonly notAfterMs: number;
  /** Its page on the approval origin. */
  readonly url: string;
}

/** A refused decision, by what its leaf says in the open. */
export interface Refusal {
  /** Id of the leaf. */
  readonly entry: string;
  /** Absent: it belongs to no transaction. */
  readonly txn?: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly action: string;
  readonly code: ErrorCode;
}

/** What the console shows of the house itself; supplied by compose. */
export interface HousePorts {
  readonly overview: () => Overview;
  /** Oldest first; undefined where there is no place at which people approve. */
  readonly waitingCalls: () => readonly WaitingCall[] | undefined;
  /** Whether the cookies of a request sign in a person with the role approver. Trust: attacker-controlled. */
  readonly isApprover: (cookie: string | undefined) => boolean;
  /** Of the newest leaves those that refuse, youngest first; undefined when there is none. @param limit - at most so many */
  readonly refusals: (limit: number) => Promise<Disclosure<readonly Refusal[]> | undefined>;
}
