import {
  readDecisionRows,
  readOverlayTexts,
  readPolicyVersion,
  readPolicyVersions,
} from "@narrowgate/contracts";
import type { ServedPolicies } from "@narrowgate/testkit/pages";
import { expect, test } from "vitest";
import { openPagesWorld } from "../../test/pages/pages-world.ts";

const digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const author = { ref: "YXV0aG9yLTAwMDAwMDAwMQ", name: "Ann" };
const approver = { ref: "YXBwcm92ZXItMDAwMDAwMQ", name: "Bo" };
const bundle = { files: [{ name: "a.cedar", text: "// nothing" }], schema: "{}" };
const version = { atMs: 5, digest, procedure: digest, approver, bundle };
const decision = {
  id: "AAAAAAAAAAAAAAAAAAAAAA",
  txn: "t",
  atMs: 9,
  verdict: "permit",
  policies: ["p"],
  requires: [],
  inputs: [],
} as const;

const overlay = { id: "BBBBBBBBBBBBBBBBBBBBBB", text: "forbid (principal, action, resource);" };

const open = (policies: ServedPolicies, isBroken = false) => openPagesWorld({ policies, isBroken });

const paths = [
  "/api/policies",
  "/api/policies/1",
  "/api/policy-shadow",
  "/api/policy-surroundings",
  "/api/decisions",
  "/api/overlays",
];

test("strangers are told to sign in, whatever they ask of policies", async () => {
  const { get, reads } = await open({ versions: [version], decisions: [decision], overlays: [overlay] });
  for (const path of paths) expect((await get(path, "")).status).toBe(401);
  expect(reads).toEqual([]);
});

test("versions are listed newest first, without a text of theirs and without a reading", async () => {
  const { get, reads } = await open({ needsTwo: true, versions: [version, { ...version, atMs: 6 }] });
  const { json: body } = await get("/api/policies");
  const { versions, ...rest } = readPolicyVersions(body, "");
  expect(rest).toEqual({ needsTwo: true, total: 2 });
  expect(versions.map((one) => [one.version, one.atMs])).toEqual([
    [2, 6],
    [1, 5],
  ]);
  expect(JSON.stringify(body)).not.toContain("a.cedar");
  expect(reads).toEqual([]);
});

test("the files of a version, and who proposed it, are given when both readings are on record", async () => {
  const { get, reads } = await open({ versions: [version], author });
  const { json: body } = await get("/api/policies/1");
  expect(readPolicyVersion(body, "")).toEqual({ ...version, version: 1, author });
  expect(reads).toEqual([
    { from: 1, count: 1 },
    { from: 0, count: 1 },
  ]);
});

test("nothing is given of a version when the reading cannot be recorded", async () => {
  const { get } = await open({ versions: [version], decisions: [decision], overlays: [overlay] }, true);
  for (const path of ["/api/policies/1", "/api/decisions", "/api/overlays"]) {
    const { status, json: body } = await get(path);
    expect([status, /a\.cedar|forbid/.test(JSON.stringify(body))]).toEqual([503, false]);
  }
});

test.each(["0", "2", "01", "-1", "x", "9999999999"])("there is no version %s", async (asked) => {
  const { get, reads } = await open({ versions: [version] });
  expect((await get(`/api/policies/${asked}`)).status).toBe(404);
  expect(reads).toEqual([]);
});

test("decisions are given a stretch at a time, each on record, and none where there is none", async () => {
  const later = { ...decision, atMs: 20 };
  const { get, reads } = await open({ decisions: [decision, later], pageLength: 1 });
  const first = readDecisionRows((await get("/api/decisions?since=9")).json, "");
  expect([first.decisions, first.next]).toEqual([[decision], 1]);
  const second = readDecisionRows((await get("/api/decisions?since=9&from=1")).json, "");
  expect([second.decisions, second.next]).toEqual([[later], undefined]);
  expect(reads).toHaveLength(2);
  expect((await get("/api/decisions?since=21")).json).toEqual({ decisions: [], undisclosed: 0 });
  expect(reads).toHaveLength(2);
  for (const odd of ["since=-1", "from=x", "since=1e3", `from=${"9".repeat(16)}`])
    expect((await get(`/api/decisions?${odd}`)).status).toBe(400);
});

test("texts of overlays are given once the reading is on record, and without one where there are none", async () => {
  const { get, reads } = await open({ overlays: [overlay] });
  expect(readOverlayTexts((await get("/api/overlays")).json, "")).toEqual({ overlays: [overlay] });
  expect(reads).toEqual([{ from: 0, count: 1 }]);
  const none = await open({});
  expect((await none.get("/api/overlays")).json).toEqual({ overlays: [] });
  expect(none.reads).toEqual([]);
});
