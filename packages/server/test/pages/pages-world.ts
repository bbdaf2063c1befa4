import { tmpdir } from "node:os";
import { manualClock, NarrowgateError } from "@narrowgate/kernel";
import {
  type ServedAssurance,
  type ServedHouse,
  type ServedPolicies,
  type ServedRoll,
  servedAssurance,
  servedHouse,
  servedPolicies,
  servedRoll,
} from "@narrowgate/testkit/pages";
import { onTestFinished } from "vitest";
import type { ReadRange } from "../../src/pages/disclosure.ts";
import { createPages, type Pages } from "../../src/pages/pages.ts";
import type { PagesPorts } from "../../src/pages/ports.ts";
import { type Listening, listenTcp } from "../../src/platform/http/listen.ts";

/** What the pages show here. */
export interface PagesWorldOptions {
  readonly house?: ServedHouse;
  readonly policies?: ServedPolicies;
  readonly roll?: ServedRoll;
  readonly assurance?: ServedAssurance;
  readonly reading?: Partial<Pick<PagesPorts, "listTransactions" | "readTransaction" | "exportBundle">>;
  /** No reading can be recorded, as with a full disk. */
  readonly isBroken?: boolean;
}

/** The real pages over real HTTP, to whoever has the cookie `reader` or, to look on alone, `auditor`; `approver` approves and reads nothing. */
export interface PagesWorld {
  readonly reads: readonly ReadRange[];
  get(path: string, cookie?: string): Promise<{ readonly status: number; readonly json: unknown }>;
  /** @param headers - beside those of a page of ours; an empty text leaves one out */
  post(
    path: string,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly json: unknown }>;
}

const reader = { auditor: "cGVyc29uLTAwMDAwMDAwMQ" };
/** Serves the pages until the test is over. */
export async function openPagesWorld(options: PagesWorldOptions): Promise<PagesWorld> {
  const { house, policies, roll, assurance, reading, isBroken = false } = options;
  let pages: Pages | undefined;
  const up: Listening = await listenTcp((q, s) => pages?.handle(q, s), { host: "127.0.0.1", port: 0 });
  onTestFinished(() => up.close(100));
  const baseUrl = `http://localhost:${up.port}`;
  const reads: ReadRange[] = [];
  pages = createPages({
    baseUrl,
    distDirectory: tmpdir(),
    clock: manualClock(1_795_000_000_000),
    listTransactions: async () => undefined,
    readTransaction: async () => undefined,
    exportBundle: async () => undefined,
    ...reading,
    async recordRead(_, range) {
      if (isBroken) throw new NarrowgateError("evidence_unavailable", "evidence cannot be written");
      reads.push(range);
    },
    checkViewerCode: () => undefined,
    isViewerCurrent: () => true,
    personViewer(cookie) {
      if (cookie === "reader") return reader;
      if (cookie === "auditor") return { ...reader, readsOnly: true };
      if (cookie === "approver") throw new NarrowgateError("sign_in_refused", "no reading role");
      return undefined;
    },
    house: { ...servedHouse(house), isApprover: (cookie) => cookie === "approver" },
    policies: servedPolicies(policies),
    roll: servedRoll(roll),
    assurance: servedAssurance(assurance),
    report: () => undefined,
  });
  return {
    reads,
    async get(path, cookie = "reader") {
      const answer = await fetch(`${baseUrl}${path}`, { headers: { cookie } });
      return { status: answer.status, json: await answer.json() };
    },
    async post(path, body, more = {}) {
      const own = { cookie: "reader", origin: baseUrl, "content-type": "application/json", ...more };
      const headers = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== ""));
      const answer = await fetch(`${baseUrl}${path}`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      return { status: answer.status, json: await answer.json() };
    },
  };
}
