import { fileURLToPath } from "node:url";
import type { Role, TransactionSummary } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Consents } from "../consent/index.ts";
import { buildBundle } from "../evidence/export/export-transaction.ts";
import { listTransactions, transactionEntries } from "../evidence/export/transaction-entries.ts";
import { OpeningReader } from "../evidence/openings.ts";
import { recordReading } from "../evidence/record-reading.ts";
import {
  createPages,
  type Disclosure,
  type Pages,
  type PagesPorts,
  summariseTransaction,
  type Viewer,
} from "../pages/index.ts";
import type { SignedIn, SignInSite } from "../people/index.ts";
import type { Shared } from "./admin-ports.ts";
import { assuranceOf } from "./assurance-of-pages.ts";
import { houseOf } from "./house-of-pages.ts";
import type { Instance } from "./instance.ts";
import { policiesOf } from "./policies-of-pages.ts";
import type { Report } from "./report.ts";
import { rollOf } from "./roll-of-pages.ts";
import { transactionAfter, transactionCursor } from "./transaction-cursor.ts";

const DIST = fileURLToPath(new URL("../../../console/dist", import.meta.url));

type Reading = Pick<PagesPorts, "listTransactions" | "readTransaction" | "exportBundle" | "recordRead">;
type Summarise = (id: string) => Promise<Disclosure<TransactionSummary>>;

function summariserOf({ evidence: { store, custody } }: Instance): Summarise {
  const openings = new OpeningReader(store, custody.keyEncryption);
  return async (id) => {
    const entries = await transactionEntries(store, openings, id);
    const range = { from: entries[0]?.index ?? 0, count: entries.length };
    return { ...range, content: summariseTransaction(id, entries) };
  };
}

function readingOf({ evidence, witnesses }: Instance, summaryOf: Summarise): Reading {
  const { store } = evidence;
  return {
    async listTransactions({ limit, after }) {
      const listed = await listTransactions(store, { limit, ...transactionAfter(after) });
      const found = await Promise.all(listed.map(({ id }) => summaryOf(id)));
      const last = listed.at(-1);
      if (last === undefined) return undefined;
      const next = listed.length < limit ? {} : { next: transactionCursor(last) };
      const count = found.reduce((sum, { count: some }) => sum + some, 0);
      const from = Math.min(...found.map((summary) => summary.from));
      return { from, count, content: { transactions: found.map(({ content }) => content), ...next } };
    },
    readTransaction: summaryOf,
    async exportBundle(id) {
      await evidence.freshCheckpoint();
      await witnesses.witnessing.settled();
      const { bytes, ...range } = await buildBundle(evidence, id);
      return { ...range, content: bytes };
    },
    recordRead: (viewer, range) => recordReading(evidence, range, viewer),
  };
}

/** Roles whose people may read evidence. Who approves sees what is asked of her on the approval origin, and needs none. */
const READERS: readonly Role[] = ["auditor", "compliance", "responder", "security"];

/** Those of them who may have drills end as well. */
const ACTING: readonly Role[] = ["responder", "security"];

function viewerOf({ person }: SignedIn): Viewer {
  const has = (roles: readonly Role[]): boolean => roles.some((role) => person.roles.includes(role));
  if (has(ACTING)) return { auditor: person.ref };
  if (has(READERS)) return { auditor: person.ref, readsOnly: true };
  throw new NarrowgateError("sign_in_refused", "your roles let you read no evidence here");
}

/** Other places for people that the pages lean on. */
export interface PeoplesPlaces {
  readonly signIn: Pick<SignInSite, "signedIn" | "signOut">;
  /** Absent where people cannot consent. */
  readonly consents: Pick<Consents, "standing"> | undefined;
}

/** The pages for people, over this instance's evidence. */
export function openPages(
  instance: Instance,
  { codes, drills }: Shared,
  report: Report,
  { signIn, consents }: PeoplesPlaces,
): Pages {
  const summaryOf = summariserOf(instance);
  return createPages({
    baseUrl: instance.config.baseUrl,
    distDirectory: DIST,
    clock: instance.clock,
    ...readingOf(instance, summaryOf),
    checkViewerCode: (typed) => codes.check(typed),
    isViewerCurrent: ({ auditor }) => instance.operators.find(auditor)?.removed === false,
    personViewer(cookie) {
      const signedIn = signIn.signedIn(cookie);
      return signedIn === undefined ? undefined : viewerOf(signedIn);
    },
    signOutPerson: (cookie) => signIn.signOut(cookie),
    house: houseOf(instance, signIn),
    policies: policiesOf(instance),
    assurance: assuranceOf(instance, drills),
    roll: rollOf(instance, { consents: () => consents?.standing() ?? [], summaryOf }),
    report: (cause) => report({ kind: "pages", detail: "a page failed", cause }),
  });
}
