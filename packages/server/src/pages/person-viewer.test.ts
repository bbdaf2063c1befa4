import { tmpdir } from "node:os";
import { manualClock, NarrowgateError } from "@narrowgate/kernel";
import { servedAssurance, servedHouse, servedPolicies, servedRoll } from "@narrowgate/testkit/pages";
import { expect, onTestFinished, test } from "vitest";
import { type Listening, listenTcp } from "../platform/http/listen.ts";
import type { Viewer } from "./disclosure.ts";
import { createPages, type Pages } from "./pages.ts";
import type { PagesPorts } from "./ports.ts";

const person: Viewer = { auditor: "cGVyc29uLTAwMDAwMDAwMQ" };

async function open(
  personViewer: NonNullable<PagesPorts["personViewer"]>,
  signOutPerson?: PagesPorts["signOutPerson"],
) {
  let pages: Pages | undefined;
  const up: Listening = await listenTcp((q, s) => pages?.handle(q, s), { host: "127.0.0.1", port: 0 });
  onTestFinished(() => up.close(100));
  const baseUrl = `http://localhost:${up.port}`;
  const readers: Viewer[] = [];
  pages = createPages({
    baseUrl,
    distDirectory: tmpdir(),
    clock: manualClock(1_795_000_000_000),
    listTransactions: async () => ({ from: 0, count: 1, content: { transactions: [] } }),
    readTransaction: async () => undefined,
    exportBundle: async () => undefined,
    recordRead: async (reader) => void readers.push(reader),
    checkViewerCode: () => undefined,
    isViewerCurrent: () => true,
    house: servedHouse(),
    policies: servedPolicies(),
    roll: servedRoll(),
    assurance: servedAssurance(),
    personViewer,
    ...(signOutPerson === undefined ? {} : { signOutPerson }),
    report: () => undefined,
  });
  const read = (headers: Record<string, string>) => fetch(`${baseUrl}/api/transactions`, { headers });
  return { baseUrl, read, readers };
}

test("a person who signed in reads as herself, by the cookies of the request, and the reading is recorded", async () => {
  const { read, readers } = await open((cookie) => (cookie === "session=hers" ? person : undefined));
  expect((await read({ cookie: "session=hers" })).status).toBe(200);
  expect(readers).toEqual([person]);
  expect((await read({ cookie: "session=x" })).status).toBe(401);
  expect((await read({})).status).toBe(401);
});

test("a person without a role for it is told so, and nothing is read", async () => {
  const { read, readers } = await open(() => {
    throw new NarrowgateError("sign_in_refused", "your roles let you read no evidence here");
  });
  const answer = await read({ cookie: "session=hers" });
  expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("sign_in_refused")]);
  expect(readers).toEqual([]);
});

test("signing out of the console signs a person out as well, and only where our own page asks for it", async () => {
  const ended: unknown[] = [];
  const { baseUrl } = await open(
    () => person,
    (cookie) => void ended.push(cookie),
  );
  for (const origin of ["https://evil.example", baseUrl])
    await fetch(`${baseUrl}/api/session`, { method: "DELETE", headers: { origin, cookie: "session=hers" } });
  expect(ended).toEqual(["session=hers"]);
});
