import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@narrowgate/kernel";
import { readYaml } from "@narrowgate/policy/yaml";
import { asObject, objectsAt, textAt } from "../../../packages/cli/src/admin/read-answer.ts";
import { type IssuerKey, signToken } from "../../../packages/server/test/attestation/keys.ts";
import { type ChildEnd, childEnvironment, runChild } from "./run-child.ts";

/** The issuer of identity tokens of GitHub Actions. */
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";
const ACTION: string = fileURLToPath(new URL("../../../.github/actions/gate/", import.meta.url));
const RUNNER_TOKEN = "a-token-of-the-runner";

/** Claims as GitHub makes them for a push to `main` of one repository; a test changes what it is about. */
export function jobClaims(more: JsonObject = {}): JsonObject {
  const nowS = Math.floor(Date.now() / 1000);
  const workflow = "acme/desk/.github/workflows/deploy.yml@refs/heads/main";
  return {
    iss: GITHUB_ISSUER,
    sub: "repo:acme/desk:ref:refs/heads/main",
    jti: crypto.randomUUID(),
    iat: nowS,
    nbf: nowS - 300,
    exp: nowS + 300,
    repository: "acme/desk",
    repository_id: "74",
    repository_owner: "acme",
    repository_owner_id: "65",
    ref: "refs/heads/main",
    ref_type: "branch",
    sha: "0".repeat(40),
    workflow: "deploy",
    workflow_ref: workflow,
    job_workflow_ref: workflow,
    event_name: "push",
    run_id: "1001",
    run_number: "10",
    run_attempt: "1",
    actor: "dana",
    runner_environment: "github-hosted",
    ...more,
  };
}

/** What a runner gives its jobs: an address at which a job gets tokens of its identity. */
export interface Runner {
  readonly env: Record<string, string>;
  /** Audiences that were asked for. */
  readonly asked: string[];
  /** What jobs are from now on. */
  become(key: IssuerKey, claims: () => JsonObject): void;
  close(): Promise<void>;
}

/** Starts one on loopback. */
export async function startRunner(): Promise<Runner> {
  const asked: string[] = [];
  let sign: ((audience: string) => Promise<string>) | undefined;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    const audience = url.searchParams.get("audience") ?? "";
    const isJob = request.headers.authorization === `Bearer ${RUNNER_TOKEN}`;
    if (!isJob || sign === undefined || url.searchParams.get("api-version") !== "2.0") {
      response.writeHead(401).end();
      return;
    }
    asked.push(audience);
    sign(audience).then(
      (value) =>
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ value, count: 1 })),
      (cause: Error) => response.destroy(cause),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: RUNNER_TOKEN,
    },
    become(key, claims) {
      sign = (aud) => signToken(key, { ...claims(), aud });
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** How a job with the action ended. */
export interface JobEnd extends ChildEnd {
  /** Outputs of its steps, as they stand in the file that the runner reads. */
  readonly output: string;
}

/** Puts inputs where a step names them. What is in an expression is nothing else in this action. */
function filled(text: string, inputs: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{ *([\w.-]+) *\}\}/g, (_, name: string) =>
    name === "github.action_path" ? ACTION.replace(/\/$/, "") : (inputs[name.replace("inputs.", "")] ?? ""),
  );
}

/** Runs the steps of the action as a runner does: one after the other, with bash, until one fails. */
export async function runAction(
  env: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>>,
): Promise<JobEnd> {
  const action = asObject(readYaml(await readFile(join(ACTION, "action.yml"), "utf8"), "action.yml"));
  const home = await mkdtemp(join(tmpdir(), "narrowgate-job-"));
  try {
    const outputs = join(home, "output");
    const own = childEnvironment(home);
    const path = `${dirname(process.execPath)}:${own["PATH"] ?? ""}`;
    let end: ChildEnd = { code: 0, stdout: "", stderr: "" };
    for (const step of objectsAt(asObject(action["runs"] ?? {}), "steps")) {
      const stated = Object.entries(asObject(step["env"] ?? {})).map(([name, value]) => [
        name,
        filled(String(value), inputs),
      ]);
      const child = { ...own, ...env, ...Object.fromEntries(stated), PATH: path, GITHUB_OUTPUT: outputs };
      const command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", textAt(step, "run")];
      const done = await runChild(command, { env: child });
      end = { code: done.code, stdout: end.stdout + done.stdout, stderr: end.stderr + done.stderr };
      if (done.code !== 0) break;
    }
    return { ...end, output: await readFile(outputs, "utf8").catch(() => "") };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
