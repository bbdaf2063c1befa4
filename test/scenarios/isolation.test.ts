import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

let gate: TestInstance;
beforeAll(async () => {
  gate = await startInstance();
}, 60_000);
afterAll(() => gate.close());

/** A document with one server in a container that is started with these options. */
const contained = (...options: string[]) => ({
  servers: [
    {
      id: "desk",
      upstream: {
        transport: "stdio",
        isolation: "container",
        command: ["docker", "run", "-i", "--rm", "--read-only", "--user=10001", ...options, "desk:1"],
      },
      tools: [{ name: "look", data_class: "internal", effect: "read", egress: false }],
    },
  ],
});

describe("a server in a container", () => {
  it("is not registered when its command would let it reach what it must not", async () => {
    const refused = [
      [[], "--network none"],
      [["--network=none", "-v", `${gate.config.dataDirectory}/keys:/k`], "files of this server"],
      [["--network=none", "-v", `${gate.directory}:/k`], "files of this server"],
    ] as const;
    for (const [options, words] of refused)
      await expect(gate.apply(contained(...options))).rejects.toThrow(words);
    expect(gate.instance().registry.server("desk")).toBeUndefined();
    await gate.apply(contained("--network=none", "-v", "/srv/desk:/files:ro"));
    expect(gate.instance().registry.server("desk")).toBeDefined();
  });
});
