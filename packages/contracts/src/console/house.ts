import { flag, integer, listOf, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** What runs, and how the log stands: no name of a person in it, and nothing out of the log. */
export type HouseOverview = {
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
    /** Entries of the newest published head that it has not cosigned. */
    readonly behind: number;
  }[];
};

/** A call that waits for people. Personal data: the subject. No argument of it stands here. */
export type WaitingCall = {
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
};

/** What waits for people, oldest first. */
export type WaitingCalls = {
  /** Whether there is a place at which people approve. */
  readonly isSetUp: boolean;
  /** How many wait, listed or not. */
  readonly total: number;
  readonly approvals: readonly WaitingCall[];
};

/** A refused decision, by what its leaf says in the open. */
export type HouseRefusal = {
  /** Id of the leaf. */
  readonly entry: string;
  /** Absent: it belongs to no transaction. */
  readonly txn?: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly action: string;
  /** Of the error catalogue of whoever wrote the leaf. */
  readonly code: string;
};

const plain = text({ max: 65_536 });

/** Reads an overview. @throws NarrowgateError `malformed_input`, as all readers of this file */
export const readHouseOverview: Reader<HouseOverview> = shape<HouseOverview>({
  environment: plain,
  agents: shape<HouseOverview["agents"]>({ active: integer(), suspended: integer() }),
  mandatesOpen: integer(),
  policy: oneOf(["none", "in_force", "rejected"]),
  log: shape<HouseOverview["log"]>({ size: integer(), published: integer(), witnessed: integer() }),
  witnesses: listOf(
    shape<HouseOverview["witnesses"][number]>({
      name: plain,
      last: oneOf(["cosigned", "refused", "unavailable", "unasked"]),
      behind: integer(),
    }),
  ),
});

const call = shape<WaitingCall>({
  id: plain,
  agent: plain,
  subject: plain,
  server: plain,
  operation: plain,
  effect: plain,
  requires: listOf(plain),
  missing: listOf(plain),
  askedAtMs: integer(),
  notAfterMs: integer(),
  // An address to follow: of the web, and nothing else.
  url: text({ max: 4096, pattern: /^https?:\/\/[\x21-\x7e]+$/ }),
});

/** Reads what waits. An address that is none of the web refuses the whole list. */
export const readWaitingCalls: Reader<WaitingCalls> = shape<WaitingCalls>({
  isSetUp: flag,
  total: integer(),
  approvals: listOf(call),
});

/** Reads what was refused. */
export const readHouseRefusals: Reader<{ readonly refusals: readonly HouseRefusal[] }> = shape<{
  readonly refusals: readonly HouseRefusal[];
}>({
  refusals: listOf(
    shape<HouseRefusal>({
      entry: plain,
      txn: optional(plain),
      atMs: integer(),
      action: plain,
      code: plain,
    }),
  ),
});
