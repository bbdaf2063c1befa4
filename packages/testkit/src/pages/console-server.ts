import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type Clock, NarrowgateError, systemClock } from "@narrowgate/kernel";
import {
  createPages,
  createViewerCodes,
  type PagesPorts,
  type ReadRange,
  type Viewer,
} from "@narrowgate/server/pages";
import { type ServedAssurance, servedAssurance } from "./served-assurance.ts";
import { type ServedHouse, servedHouse } from "./served-house.ts";
import { type ServedPerson, servedPerson } from "./served-person.ts";
import { type ServedPolicies, servedPolicies } from "./served-policies.ts";
import { type ServedRoll, servedRoll } from "./served-roll.ts";
import type { ServedTransaction } from "./served-transaction.ts";

/** What the server shows. */
export interface ConsoleServerOptions {
  /** The built console. */
  readonly distDirectory: string;
  readonly transactions: readonly ServedTransaction[];
  readonly house?: ServedHouse;
  readonly policies?: ServedPolicies;
  readonly roll?: ServedRoll;
  readonly assurance?: ServedAssurance;
  /** Absent: nobody is signed in as a person. */
  readonly person?: ServedPerson;
  readonly clock?: Clock;
  /** Listed at a time; default what the page asks for. */
  readonly pageLength?: number;
}

/** The real pages over real HTTP, on a free loopback port; only what they read is made up. */
export interface ConsoleServer {
  readonly url: string;
  readonly viewer: Viewer;
  /** Ranges recorded as read, in order. */
  readonly reads: readonly ReadRange[];
  /** Failures of the pages' own. */
  readonly faults: readonly unknown[];
  issueCode(): string;
  /** Makes recording fail from now on, as a full disk would. */
  breakEvidence(): void;
  /** The operator behind all sessions is removed. */
  removeViewer(): void;
  close(): Promise<void>;
}

const viewer: Viewer = { auditor: "b3BlcmF0b3ItMDAwMDAwMQ", request: "the operator's signed request" };

function listing({ transactions, pageLength }: ConsoleServerOptions): PagesPorts["listTransactions"] {
  return async ({ limit, after }) => {
    const start = after === undefined ? 0 : transactions.findIndex(({ summary }) => summary.id === after) + 1;
    const end = start + Math.min(limit, pageLength ?? limit);
    const shown = transactions.slice(start, end).map(({ summary }) => summary);
    const last = shown.at(-1);
    if (last === undefined) return undefined;
    const next = end < transactions.length ? { next: last.id } : {};
    return { from: start, count: shown.length, content: { transactions: shown, ...next } };
  };
}

/** Serves the pages until it is closed. */
export async function startConsoleServer(options: ConsoleServerOptions): Promise<ConsoleServer> {
  const { distDirectory, transactions, clock = systemClock } = options;
  const reads: ReadRange[] = [];
  const faults: unknown[] = [];
  const codes = createViewerCodes(clock);
  let isEvidenceBroken = false;
  let isViewerCurrent = true;
  let listener: RequestListener | undefined;
  const server = createServer((request, response) => listener?.(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  const find = (id: string) => transactions.find(({ summary }) => summary.id === id);
  const disclosed = <T>(content: T | undefined) =>
    content === undefined ? undefined : { from: 0, count: 1, content };
  const pages = createPages({
    baseUrl: url,
    distDirectory,
    clock,
    listTransactions: listing(options),
    readTransaction: async (id) => disclosed(find(id)?.summary),
    exportBundle: async (id) => disclosed(find(id)?.bundle),
    async recordRead(_, range) {
      if (isEvidenceBroken) throw new NarrowgateError("evidence_unavailable", "evidence cannot be written");
      reads.push(range);
    },
    checkViewerCode: (typed) => codes.check(typed),
    isViewerCurrent: () => isViewerCurrent,
    house: servedHouse(options.house),
    policies: servedPolicies(options.policies),
    roll: servedRoll(options.roll),
    assurance: servedAssurance(options.assurance),
    report: (cause) => faults.push(cause),
  });
  listener = (request, response) => {
    const own = servedPerson(options.person, request.url ?? "");
    if (own === undefined) pages.handle(request, response);
    else own(request, response);
  };
  return {
    url,
    viewer,
    reads,
    faults,
    issueCode: () => codes.issue(viewer).code,
    breakEvidence() {
      isEvidenceBroken = true;
    },
    removeViewer() {
      isViewerCurrent = false;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
