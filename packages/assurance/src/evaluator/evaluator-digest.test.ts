import { expect, test } from "vitest";
import { EVALUATOR_DIGEST } from "./evaluator-digest.ts";
import { sourceDigest } from "./source-digest.node.ts";

test("the evaluator's digest is that of its sources; `npm run docs` writes it", () => {
  expect(EVALUATOR_DIGEST).toBe(sourceDigest(new URL("../", import.meta.url)));
});
