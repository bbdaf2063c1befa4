import type { TransactionPage, TransactionSummary } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import type { AssurancePorts } from "./assurance-ports.ts";
import type { Disclosure, ReadRange, Viewer } from "./disclosure.ts";
import type { HousePorts } from "./house-ports.ts";
import type { PoliciesPorts } from "./policies-ports.ts";
import type { RollPorts } from "./roll-ports.ts";

/** Everything the pages stand on; supplied by compose. */
export interface PagesPorts {
  /** External origin, as configured. */
  readonly baseUrl: string;
  /** Where the built console lies. */
  readonly distDirectory: string;
  readonly clock: Clock;
  /** Undefined when there is no transaction to list. @param limit - 1 to 200; @param after - cursor of letters, digits, `_-./` */
  readonly listTransactions: (page: {
    readonly limit: number;
    readonly after?: string;
  }) => Promise<Disclosure<TransactionPage> | undefined>;
  /** Undefined, or `not_found` thrown, when there is none; so too for the bundle. */
  readonly readTransaction: (id: string) => Promise<Disclosure<TransactionSummary> | undefined>;
  /** The proof bundle, byte for byte. */
  readonly exportBundle: (id: string) => Promise<Disclosure<Uint8Array> | undefined>;
  /** Resolves when the `read` leaf is durable. @throws `evidence_unavailable` */
  readonly recordRead: (viewer: Viewer, range: ReadRange) => Promise<void>;
  /** Takes a code as typed; the viewer, when it is right. */
  readonly checkViewerCode: (typed: string) => Viewer | undefined;
  /** False once the operator behind a session was removed. */
  readonly isViewerCurrent: (viewer: Viewer) => boolean;
  /**
   * The person whom the cookies of a request sign in; undefined when they sign in nobody. Trust: attacker-controlled.
   * @throws `sign_in_refused` when her roles let her read nothing
   */
  readonly personViewer?: (cookie: string | undefined) => Viewer | undefined;
  /** Ends the session of the person whom the cookies of a request sign in. */
  readonly signOutPerson?: (cookie: string | undefined) => void;
  /** What the console shows of the house itself. */
  readonly house: HousePorts;
  readonly policies: PoliciesPorts;
  /** Who is registered. */
  readonly roll: RollPorts;
  /** Releases and what they rest on. */
  readonly assurance: AssurancePorts;
  /** Told of failures of our own; never of input. */
  readonly report: (cause: unknown) => void;
}
