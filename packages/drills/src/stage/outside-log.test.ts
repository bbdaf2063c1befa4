import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { headIn, rootOver } from "./outside-log.ts";

const leaf = (hex: string): Buffer =>
  createHash("sha256")
    .update(Buffer.concat([Buffer.from([0]), Buffer.from(hex, "hex")]))
    .digest();

describe("the root that an outsider computes", () => {
  const leaves = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ].map(leaf);

  // The test vectors of certificate transparency, RFC 6962.
  it.each([
    [0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    [1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
    [3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"],
    [8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
  ])("over %i leaves is the one of the standard", (size, root) => {
    expect(rootOver(leaves.slice(0, size)).toString("hex")).toBe(root);
  });

  it("is compared with a head as it stands in a signed note", () => {
    expect(headIn("gate.test/log/x\n12\nYWJj\n\nsignature")).toEqual({ size: 12, root: "YWJj" });
  });
});
