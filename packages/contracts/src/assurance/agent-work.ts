import { integer, listOf, text } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";

/** How often an operation was seen used. */
export type UsedOperation = {
  /** `server/kind/name`; of a resource the whole address. */
  readonly name: string;
  /** Calls whose inputs were opened: all of a day's first ones, then a sample. */
  readonly calls: number;
  /** Unix milliseconds. */
  readonly last: number;
};

/** What an agent did in a window, counted from the log. */
export type AgentWork = {
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Transactions that ended; of those the ones in which at least one call was made and every call ended well. */
  readonly closed: number;
  readonly completed: number;
  /** Transactions that reached a server with an operation that cannot be undone, or in which people were asked. */
  readonly sensitive: number;
  /** Transactions that the offline verifier was run over again at evaluations, and how many of them it refused. */
  readonly verified: number;
  readonly unverified: number;
  /** Calls that left for a server, those that ended well, and decisions that refused. */
  readonly calls: number;
  readonly ok: number;
  readonly refused: number;
  /** Questions put to people, signatures they gave, and refusals. */
  readonly asked: number;
  readonly approved: number;
  readonly declined: number;
  /** Milliseconds from each question to each answer, added up: no more than this was spent on them. */
  readonly waited_ms: number;
  /** Calls whose inputs were opened to see the operation. */
  readonly opened: number;
  readonly used: readonly UsedOperation[];
};

const count = integer();

/** Reads what an agent did. Trust: the value is attacker-controlled. @throws NarrowgateError `malformed_input` */
export const readAgentWork: Reader<AgentWork> = shape<AgentWork>({
  from: count,
  to: count,
  closed: count,
  completed: count,
  sensitive: count,
  verified: count,
  unverified: count,
  calls: count,
  ok: count,
  refused: count,
  asked: count,
  approved: count,
  declined: count,
  waited_ms: count,
  opened: count,
  used: listOf(shape<UsedOperation>({ name: text({ min: 1, max: 4096 }), calls: count, last: count }), {
    max: 4096,
  }),
});
