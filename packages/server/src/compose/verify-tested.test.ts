import type { ReleasePack } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { verifyTested } from "./verify-tested.ts";

const pack: ReleasePack = {
  format: "narrowgate-tested/1",
  agent: "hello",
  attested: [],
  declared: {},
  release: "A".repeat(43),
  evaluation: "A".repeat(22),
  proof: {},
};

describe("what was tested elsewhere", () => {
  test("is not looked at where nobody is named who tests, and the file and member to name them are said", async () => {
    const refused = verifyTested({}, pack);
    await expect(refused).rejects.toMatchObject({
      code: "conflict",
      publicMessage: expect.stringMatching(/config\.json .*`tested_by`/),
    });
  });
});
