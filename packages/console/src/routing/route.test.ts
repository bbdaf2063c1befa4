import { describe, expect, test } from "vitest";
import { parseRoute, transactionPath } from "./route.ts";

const id = `${"A".repeat(22)}.${"B".repeat(22)}`;

describe("an address", () => {
  test("of a transaction is read back as that transaction", () => {
    expect(parseRoute(transactionPath(id))).toEqual({ page: "transaction", id });
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
    "/policies/",
    "/policies/0",
    "/policies/x",
    "/policies/1/editor",
  ])("that is none of ours leads nowhere: %s", (path) => {
    expect(parseRoute(path)).toEqual({ page: "unknown" });
  });
});
