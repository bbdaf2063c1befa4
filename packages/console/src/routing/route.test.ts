import { describe, expect, test } from "vitest";
import { entryPath, parseRoute, readinessPath, releasePath, transactionPath } from "./route.ts";

const id = `${"A".repeat(22)}.${"B".repeat(22)}`;

describe("an address", () => {
  test("of a transaction is read back as that transaction", () => {
    expect(parseRoute(transactionPath(id))).toEqual({ page: "transaction", id });
  });

  test("of what assurance is about is read back as that", () => {
    const entry = "A".repeat(22);
    expect(parseRoute(entryPath(entry, 7))).toEqual({ page: "entry", id: entry, at: 7 });
    expect(parseRoute(entryPath(entry))).toEqual({ page: "entry", id: entry, at: undefined });
    expect(parseRoute(releasePath(entry))).toEqual({ page: "release", id: entry });
    expect(parseRoute(readinessPath("a.b"))).toEqual({ page: "agent-readiness", id: "a.b" });
  });

  test.each([
    "/txn/",
    "/txn/x",
    `/txn/${id}/`,
    `/txn/${id}x`,
    "/txn/../verify",
    "//",
    "/verify/",
    "/agents/",
    "/agents/..",
    "/agents/a/b",
    "/people/x",
    "/agents/../readiness",
    "/agents/a/readiness/x",
    "/releases/x",
    "/releases/",
    "/entries/x",
    `/entries/${"A".repeat(22)}.`,
    `/entries/${"A".repeat(22)}.x`,
    "/policies/",
    "/policies/0",
    "/policies/x",
    "/policies/1/editor",
  ])("that is none of ours leads nowhere: %s", (path) => {
    expect(parseRoute(path)).toEqual({ page: "unknown" });
  });
});
