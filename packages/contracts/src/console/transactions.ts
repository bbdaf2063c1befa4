import { integer, listOf, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** One transaction, as a line of the list. Personal data: names come from sealed parts. */
export type TransactionSummary = {
  readonly id: string;
  /** Name of the person or trigger; absent when erased. */
  readonly subject?: string;
  /** Names of the agents, outermost first, each once. */
  readonly agents: readonly string[];
  /** Absent when erased. */
  readonly purpose?: string;
  readonly state: "open" | "closed" | "expired";
  readonly permits: number;
  readonly refusals: number;
  /** Unix milliseconds. */
  readonly lastActivityMs: number;
};

/** A page of the list, youngest first. */
export type TransactionPage = {
  readonly transactions: readonly TransactionSummary[];
  /** Value of `after` for the next page; absent on the last. */
  readonly next?: string;
};

const plain = text({ max: 65_536 });

/** Reads one line. @throws NarrowgateError `malformed_input`, as the other reader of this file */
export const readTransactionSummary: Reader<TransactionSummary> = shape<TransactionSummary>({
  id: plain,
  subject: optional(plain),
  agents: listOf(plain),
  purpose: optional(plain),
  state: oneOf(["open", "closed", "expired"]),
  permits: integer(),
  refusals: integer(),
  lastActivityMs: integer(),
});

/** Reads a page of the list. */
export const readTransactionPage: Reader<TransactionPage> = shape<TransactionPage>({
  transactions: listOf(readTransactionSummary),
  next: optional(plain),
});
