import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALL_BUT_IRREVERSIBLE, everythingRegistry } from "../scenarios/harness/everything-registry.ts";
import { joinForeign } from "../scenarios/harness/foreign-agent.ts";
import { childEnvironment, runChild } from "../scenarios/harness/run-child.ts";
import { startInstance, type TestInstance } from "../scenarios/harness/test-instance.ts";

// The distribution's own: another Python on the path does not see its packages.
const PYTHON = "/usr/bin/python3";
const PROGRAM = fileURLToPath(new URL("authlib_client.py", import.meta.url));
const imports = spawnSync(PYTHON, ["-c", "import authlib, cryptography"], {
  stdio: "ignore",
  timeout: 20_000,
});
const isMissing = imports.status !== 0;

describe("authlib of the distribution", () => {
  let gate: TestInstance;
  beforeAll(async () => {
    gate = await startInstance();
    await gate.apply(everythingRegistry(), ALL_BUT_IRREVERSIBLE);
  }, 60_000);
  afterAll(() => gate.close());

  it("gets a bound token, with a proof made by another library", async (context) => {
    if (isMissing) return context.skip("python3-authlib and python3-cryptography are not installed");
    const first = await joinForeign(gate, "first");
    const resource = `${gate.issuer}/mcp/everything`;
    const scope = "everything:read";
    const input = JSON.stringify({ issuer: gate.issuer, agent: "first", jwk: first.jwk, resource, scope });
    const end = await runChild([PYTHON, PROGRAM], { env: childEnvironment(gate.directory), input });
    expect(end).toMatchObject({ code: 0, stderr: "" });
    const { token, nonce_asked } = JSON.parse(end.stdout);
    expect(nonce_asked).toBe(1);
    expect(token).toMatchObject({ token_type: "DPoP", scope });
    const claims = JSON.parse(Buffer.from(token.access_token.split(".")[1], "base64url").toString("utf8"));
    expect(claims).toMatchObject({ sub: "first", aud: resource, cnf: { jkt: first.kid } });
  });
});
