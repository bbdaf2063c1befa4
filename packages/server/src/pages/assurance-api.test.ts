import type { EntrySheet } from "@narrowgate/contracts";
import { expect, test } from "vitest";
import { openPagesWorld } from "../../test/pages/pages-world.ts";

const id = "A".repeat(22);
const entry: EntrySheet = { id, index: 7, type: "read", atMs: 1, sealed: ["proof"], body: { count: 1 } };
const paths = [
  "/api/releases",
  `/api/releases/${id}`,
  `/api/releases/${id}/certificate`,
  "/api/readiness",
  "/api/agents/a/readiness",
  "/api/drills",
  "/api/drills/run",
  "/api/audit",
  `/api/entries/${id}`,
];

test("strangers, and who approves and reads nothing, are told nothing", async () => {
  const { get, reads } = await openPagesWorld({ assurance: { entries: [entry], certificate: "{}" } });
  for (const path of paths) expect((await get(path, "")).status).toBe(401);
  for (const path of paths) expect((await get(path, "approver")).status).toBe(403);
  expect(reads).toEqual([]);
});

test("what is not there is said so, and goes nowhere on record", async () => {
  const { get, reads } = await openPagesWorld({});
  const statuses = await Promise.all(paths.map(async (path) => (await get(path)).status));
  expect(statuses).toEqual([200, 404, 404, 200, 404, 200, 200, 200, 404]);
  expect(reads).toEqual([]);
});

test("a leaf and a certificate are given when the reading is on record, and else not", async () => {
  const served = { assurance: { entries: [entry], certificate: '{"payload":"secret"}' } };
  const { get, reads } = await openPagesWorld(served);
  expect((await get(`/api/entries/${id}?at=7`)).json).toEqual(entry);
  expect((await get(`/api/releases/${id}/certificate`)).json).toEqual({ payload: "secret" });
  expect(reads).toHaveLength(2);
  const broken = await openPagesWorld({ ...served, isBroken: true });
  for (const path of [`/api/entries/${id}`, `/api/releases/${id}/certificate`]) {
    const { status, json } = await broken.get(path);
    expect(status).toBe(503);
    expect(JSON.stringify(json)).not.toMatch(/secret|proof/);
  }
});

test.each(["%00", "-1", "1e3", ""])("a place that is none is refused: %s", async (at) => {
  const { get } = await openPagesWorld({ assurance: { entries: [entry] } });
  expect((await get(`/api/entries/${id}?at=${at}`)).status).toBe(400);
});

test("an id of another form leads nowhere", async () => {
  const { get } = await openPagesWorld({ assurance: { entries: [entry] } });
  for (const wrong of ["short", `${id}x`, "%2e%2e%2fetc%2fpasswd.......", "agent:x"])
    expect((await get(`/api/entries/${wrong}`)).status).toBe(404);
});

test("drills are ended by whoever reads here, from a page of ours, and by nobody else", async () => {
  const asked: string[] = [];
  const stopped = (run: string, by: string): void => void asked.push(`${run} ${by}`);
  const { post, reads } = await openPagesWorld({ assurance: { stopped } });
  const stop = (headers: Readonly<Record<string, string>> = {}, body: unknown = { run: id }) =>
    post("/api/drills/run/stop", body, headers).then(({ status }) => status);
  expect(await stop({ cookie: "" })).toBe(401);
  expect(await stop({ cookie: "approver" })).toBe(403);
  expect(await stop({ cookie: "auditor" })).toBe(403);
  expect(await stop({ origin: "" })).toBe(403);
  expect(await stop({ origin: "https://elsewhere.example" })).toBe(403);
  expect(await stop({ "content-type": "text/plain" })).toBe(400);
  expect(await stop({}, { run: "short" })).toBe(400);
  expect(await stop({}, { run: id, more: 1 })).toBe(400);
  expect(asked).toEqual([]);
  expect(await stop()).toBe(200);
  expect(asked).toHaveLength(1);
  expect(reads).toEqual([]);
});

test("who only audits sees drills that run, and is told that she cannot end them", async () => {
  const { get } = await openPagesWorld({});
  expect((await get("/api/drills/run", "auditor")).json).toEqual({ total: 0, mayStop: false });
  expect((await get("/api/drills/run")).json).toEqual({ total: 0, mayStop: true });
});
