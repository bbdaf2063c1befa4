import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { callTool } from "@narrowgate/agent";
import { errorRow, formatReleasePack, parseReleasePack, type ReleasePack } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { asObject, textAt } from "../../packages/cli/src/admin/read-answer.ts";
import { type IssuerKey, newIssuerKey, signToken } from "../../packages/server/test/attestation/keys.ts";
import { type HttpServer, startModernServer } from "../../packages/server/test/gateway/http-servers.ts";
import { freePort } from "./harness/free-port.ts";
import { GITHUB_ISSUER, jobClaims, type Runner, runAction, startRunner } from "./harness/github-job.ts";
import { applyByTwo } from "./harness/operators.ts";
import {
  openTask,
  POLICIES,
  type ReleaseInstance,
  readerRegistry,
  recordDrill,
  startReleaseInstance,
  writeTrust,
} from "./harness/release-instances.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import { scrape, sumOf } from "./harness/scrape.ts";
import { signInSoftware } from "./harness/software-signers.ts";

// Each step of the action is a start of Node, on a machine that is busy.
vi.setConfig({ testTimeout: 480_000 });

const RULE = {
  agent: "reader",
  issuer: GITHUB_ISSUER,
  claims: {
    repository: "acme/desk",
    ref: "refs/heads/main",
    job_workflow_ref: "acme/desk/.github/workflows/deploy.yml@refs/heads/main",
  },
};
const NOT_READY = errorRow("release_not_ready").exit;
const REFUSED = errorRow("attestation_failed").exit;

let upstream: HttpServer;
let dev: ReleaseInstance;
let prod: ReleaseInstance;
let runner: Runner;
let rs256: IssuerKey;
let es256: IssuerKey;
let metricsPort: number;
let tested: ReleasePack;

const audience = (): string => `${prod.gate.issuer}/ci/gate`;

/** Registers all of it at the prod instance, with the issuer of jobs. */
function register(change: Parameters<typeof readerRegistry>[1] = {}): Promise<void> {
  const jwks = { keys: [rs256.publicJwk, es256.publicJwk] };
  const issuers = [{ issuer: GITHUB_ISSUER, uses: ["workload"], jwks }];
  return applyByTwo(prod.operators, { ...readerRegistry(upstream.url, change), issuers }, POLICIES);
}

beforeAll(async () => {
  [rs256, es256] = [await newIssuerKey("RS256"), await newIssuerKey("ES256")];
  runner = await startRunner();
  upstream = await startModernServer();
  metricsPort = await freePort();
  dev = await startReleaseInstance("dev", upstream.url);
  prod = await startReleaseInstance("prod", upstream.url, {
    tested_by: await writeTrust(dev),
    ci: [RULE],
    metrics: { listen: { host: "127.0.0.1", port: metricsPort } },
  });
  await register();
  await callTool((await openTask(dev)).session, dev.resource, "query", {});
  await recordDrill(dev);
  const declared = { model: "none" };
  tested = parseReleasePack(await dev.operators.first.send("POST", "/agents/reader/tested", { declared }));
  await writeFile(inFolder("tested.json"), formatReleasePack(tested));
}, 240_000);

afterAll(async () => {
  await runner.close();
  await dev.gate.close();
  await prod.gate.close();
  await upstream.close();
});

/** What a metric of the prod instance shows. */
async function shown(name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  return sumOf(await scrape(`http://127.0.0.1:${metricsPort}/metrics`), name, labels);
}

/** A job of the platform that asks with the action. */
function job(inputs: Readonly<Record<string, string>> = {}): ReturnType<typeof runAction> {
  return runAction(runner.env, { instance: prod.gate.issuer, agent: "reader", ...inputs });
}

/** Asks with a token, past the action. */
async function ask(identity: string, agent = "reader"): Promise<{ status: number; answer: JsonObject }> {
  const response = await fetch(audience(), { method: "POST", body: JSON.stringify({ agent, identity }) });
  return { status: response.status, answer: asObject(await response.json()) };
}

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The same token with the other signature that verifies, which whoever has the one can compute. */
function otherForm(token: string): string {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const s = ORDER - BigInt(`0x${bytes.subarray(32).toString("hex")}`);
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
  return [header, payload, other.toString("base64url")].join(".");
}

const codeOf = ({ answer }: { readonly answer: JsonObject }): string =>
  textAt(asObject(answer["error"] ?? {}), "code");

const inFolder = (name: string): string => join(dev.gate.directory, name);

async function gate(
  ...args: readonly string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = childEnvironment(dev.gate.directory);
  return runChild([process.execPath, NARROWGATE, "gate", ...args], { env });
}

/** The packs of a release tell the same as the instance: as it was proposed, in force, and when it ended. */
async function checkPacks(id: string, unsigned: ReleasePack): Promise<void> {
  const { first } = prod.operators;
  const pack = parseReleasePack(await first.send("GET", `/releases/${id}/pack`));
  await writeFile(inFolder("release.json"), formatReleasePack(pack));
  const trust = ["--trust", await writeTrust(prod)];
  const end = await gate("--release", inFolder("release.json"), ...trust, "--github");
  expect([end.code, end.stdout]).toEqual([
    0,
    expect.stringContaining("::notice title=Release of reader::ready"),
  ]);

  await writeFile(inFolder("open.json"), formatReleasePack(unsigned));
  const open = await gate("--release", inFolder("open.json"), ...trust);
  expect([open.code, open.stdout]).toEqual([
    NOT_READY,
    expect.stringContaining("the four have not signed it, or it was never brought into force"),
  ]);

  await first.send("POST", "/agents/reader/rollback", { reason: "test of the gate" });
  const ended = parseReleasePack(await first.send("GET", `/releases/${id}/pack`));
  await writeFile(inFolder("ended.json"), formatReleasePack(ended));
  const back = await gate("--release", inFolder("ended.json"), ...trust);
  expect([back.code, back.stdout]).toEqual([NOT_READY, expect.stringContaining("it was deactivated")]);
}

describe("a job that asks by its own identity", () => {
  it("is held back until four have signed, let through then, and held back when it drifts", async () => {
    runner.become(rs256, () => jobClaims());
    const before = await job();
    expect([before.code, before.output]).toEqual([NOT_READY, "ready=false\n"]);
    expect(before.stdout).toContain("::error title=Release of reader::no release of reader is active");

    const { first } = prod.operators;
    const sent = await first.send("POST", "/releases", { agent: "reader", tested });
    const id = textAt(sent, "id");
    runner.become(es256, () => jobClaims());
    const unsigned = parseReleasePack(await first.send("GET", `/releases/${id}/pack`));
    const open = await job();
    expect(open.code).toBe(NOT_READY);
    expect(open.stdout).toContain("waits for signatures: compliance, iam, pam, security");

    await signInSoftware(prod, textAt(sent, "url"));
    await recordDrill(prod);
    await first.send("POST", `/releases/${id}/promote`);
    const ready = await job();
    expect([ready.code, ready.output, ready.stderr]).toEqual([0, "ready=true\n", ""]);
    expect(ready.stdout).toContain("::notice title=Release of reader::ready");
    expect(new Set(runner.asked)).toEqual(new Set([audience()]));

    expect(await shown("narrowgate_releases", { state: "active" })).toBe(1);
    expect(await shown("narrowgate_release_drifted", { agent: "reader" })).toBe(0);

    await register({ query: "confidential" });
    await vi.waitFor(
      async () => expect(await shown("narrowgate_release_tools_left", { agent: "reader" })).toBe(1),
      20_000,
    );
    const left = await job();
    expect(left.code).toBe(NOT_READY);
    expect(left.stdout).toContain("tools are not as they were signed: data/query");
    await register({ owner: "other@example.com" });
    await vi.waitFor(
      async () => expect(await shown("narrowgate_release_drifted", { agent: "reader" })).toBe(1),
      20_000,
    );
    const drifted = await job();
    expect(drifted.code).toBe(NOT_READY);
    expect(drifted.stdout).toContain("not as it was signed");
    await register();
    expect((await job()).code).toBe(0);
    await checkPacks(id, unsigned);
    // Nothing of the job's identity is shown.
    for (const { stdout, stderr } of [before, ready, drifted])
      expect(stdout + stderr).not.toMatch(/eyJ|a-token/);
  });

  it("is refused as somebody else's job, of another ref, workflow or event", async () => {
    const others: readonly JsonObject[] = [
      { repository: "mallory/desk", sub: "repo:mallory/desk:ref:refs/heads/main" },
      { repository: "acme/desk2" },
      { ref: "refs/heads/other" },
      { ref: "refs/heads/main2" },
      { job_workflow_ref: "acme/desk/.github/workflows/other.yml@refs/heads/main" },
      { event_name: "pull_request", ref: "refs/heads/main" },
      { event_name: "pull_request_target" },
      { repository: ["acme/desk"] },
    ];
    for (const other of others) {
      runner.become(rs256, () => jobClaims(other));
      const end = await ask(await signToken(rs256, { ...jobClaims(other), aud: audience() }));
      expect([end.status, codeOf(end)], JSON.stringify(other)).toEqual([401, "attestation_failed"]);
    }
    const end = await job();
    expect([end.code, end.output]).toEqual([REFUSED, "ready=false\n"]);
    expect(end.stderr).toContain("no rule lets this job ask");
  });

  it("is refused for another agent, by the answer that an agent gets who is not there", async () => {
    const token = () => signToken(rs256, { ...jobClaims(), aud: audience() });
    const [known, unknown] = [await ask(await token(), "writer"), await ask(await token(), "nobody")];
    expect(known).toEqual(unknown);
    expect(codeOf(known)).toBe("attestation_failed");
  });

  it("is refused with a token for anybody else: another audience, another issuer, another key, no key", async () => {
    const sign = (key: IssuerKey, more: JsonObject, header = {}) =>
      signToken(key, { ...jobClaims(), aud: audience(), ...more }, header);
    const stranger = await newIssuerKey("RS256");
    const nowS = Math.floor(Date.now() / 1000);
    const tokens = [
      await sign(rs256, { aud: prod.gate.issuer }),
      await sign(rs256, { aud: [audience(), prod.gate.issuer] }),
      await sign(rs256, { aud: dev.gate.issuer }),
      await sign(rs256, { iss: "https://token.actions.example" }),
      await sign(stranger, {}),
      await sign(stranger, {}, { kid: rs256.kid }),
      await sign(rs256, {}, { jwk: rs256.publicJwk }),
      await sign(rs256, { iat: nowS - 1200, exp: nowS + 300 }),
      await sign(rs256, { iat: nowS - 600, exp: nowS - 60 }),
      `${(await sign(rs256, {})).split(".").slice(0, 2).join(".")}.`,
      "not a token",
    ];
    for (const token of tokens) {
      const end = await ask(token);
      expect([end.status, codeOf(end)], token).toEqual([401, "attestation_failed"]);
    }
  });

  it("is answered once for each token, whatever form it comes in, and after a restart too", async () => {
    const token = await signToken(es256, { ...jobClaims(), aud: audience() });
    expect((await ask(token)).status).toBe(200);
    expect(codeOf(await ask(token))).toBe("replayed");
    expect(codeOf(await ask(otherForm(token)))).toBe("replayed");
    await prod.gate.restart();
    expect(codeOf(await ask(token))).toBe("replayed");
  });

  it("gets nothing else with its token: no access token, no key", async () => {
    const token = await signToken(rs256, { ...jobClaims(), aud: audience() });
    const response = await fetch(`${prod.gate.issuer}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: token,
        client_id: "reader",
      }),
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    const { answer } = await ask(token);
    const told = ["agent", "blocks", "deployment", "environment", "format", "profile", "ready", "release"];
    expect(Object.keys(answer).filter((name) => !told.includes(name))).toEqual([]);
  });

  it("is told what is missing where its job has no identity", async () => {
    const end = await runAction({}, { instance: prod.gate.issuer, agent: "reader" });
    expect([end.code, end.stderr]).toEqual([2, expect.stringContaining("id-token: write")]);
  });
});

describe("a pack in a pipeline", () => {
  it("is ready by what it proves, to who names whose log is believed", async () => {
    const file = ["--release", inFolder("tested.json")];
    const trust = ["--trust", await writeTrust(dev)];
    const ready = await gate(
      ...file,
      ...trust,
      "--agent",
      "reader",
      "--digest",
      tested.release,
      "--max-age",
      "1",
    );
    expect([ready.code, ready.stderr]).toEqual([0, ""]);
    expect(ready.stdout).toMatch(/^ready: reader, release /);
    expect((await gate(...file)).code).toBe(2);
    expect((await gate(...file, "--trust", await writeTrust(prod))).code).toBe(
      errorRow("verification_failed").exit,
    );
    const action = await runAction(
      {},
      { release: inFolder("tested.json"), trust: trust[1] ?? "", agent: "reader" },
    );
    expect([action.code, action.output]).toEqual([0, "ready=true\n"]);
  });

  it("is not ready for another agent, digest or profile than was asked for, and says each", async () => {
    const file = ["--release", inFolder("tested.json"), "--trust", await writeTrust(dev)];
    const other = ["--agent", "writer", "--digest", "x".repeat(43), "--profile", "foundation"];
    const end = await gate(...file, ...other, "--json");
    expect(end.code).toBe(NOT_READY);
    expect(JSON.parse(end.stdout)).toMatchObject({
      ready: false,
      blocks: [
        "it is of the agent reader",
        expect.stringContaining("another release"),
        "it was held to another gate profile",
      ],
    });
  });

  it("that was changed does not verify", async () => {
    const text = Buffer.from(formatReleasePack(tested)).toString("utf8");
    await writeFile(
      inFolder("forged.json"),
      text
        .replace('"declared":{"model":"none"}', '"declared":{"model":"other"}')
        .replace('"agent":"reader"', '"agent":"writer"'),
    );
    const end = await gate("--release", inFolder("forged.json"), "--trust", await writeTrust(dev));
    expect([end.code, end.stdout]).toEqual([errorRow("verification_failed").exit, ""]);
  });
});
