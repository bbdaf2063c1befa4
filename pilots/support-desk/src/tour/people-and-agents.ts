import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTokenClient,
  importAgentKey,
  nonceForSubject,
  openMandate,
  type TokenClient,
} from "@narrowgate/agent";
import type { MandateDocument, MandateIntent } from "@narrowgate/contracts";
import { type JsonObject, parseStrictJson, randomId } from "@narrowgate/kernel";
import type { CliAnswer, TourEnvironment } from "./environment.ts";
import type { SimulatedPerson } from "./person.ts";

/** The desk's agents, each with a key of its own. */
export interface DeskAgents {
  readonly orchestrator: TokenClient;
  readonly triage: TokenClient;
  readonly refund: TokenClient;
  readonly courier: TokenClient;
  readonly keyDirectory: string;
}

/** Fails with what the command said; the tour cannot go on without it. */
export function must(answer: CliAnswer, what: string): JsonObject {
  if (answer.exit === 0) return answer.json;
  throw new TypeError(
    `${what} failed (exit ${answer.exit}): ${answer.stderr.trim() || JSON.stringify(answer.json)}`,
  );
}

async function joinAgent(env: TourEnvironment, agent: string, keyDirectory: string): Promise<TokenClient> {
  const made = must(await env.cli(["agent", "join-code", agent]), `join code for ${agent}`);
  const codeFile = join(keyDirectory, `${agent}.code`);
  await writeFile(codeFile, String(made["code"]), { mode: 0o600 });
  must(
    await env.cli(["agent", "join", agent, "--code-file", codeFile, "--key-dir", keyDirectory]),
    `joining ${agent}`,
  );
  const stored = parseStrictJson(await readFile(join(keyDirectory, `${agent}.json`)));
  const jwk = typeof stored === "object" && stored !== null && "jwk" in stored ? stored.jwk : stored;
  return createTokenClient({ issuer: env.baseUrl, agent, key: await importAgentKey(jwk) });
}

/** Enrols the four agents through the CLI, as their developers would. */
export async function joinAgents(env: TourEnvironment, directory: string): Promise<DeskAgents> {
  const keyDirectory = join(directory, "agent-keys");
  await mkdir(keyDirectory, { mode: 0o700 });
  const [orchestrator, triage, refund, courier] = [
    await joinAgent(env, "desk-orchestrator", keyDirectory),
    await joinAgent(env, "desk-triage", keyDirectory),
    await joinAgent(env, "desk-refund", keyDirectory),
    await joinAgent(env, "desk-courier", keyDirectory),
  ];
  return { orchestrator, triage, refund, courier, keyDirectory };
}

/** What a person asks of an agent. */
export interface Task {
  readonly agent: string;
  readonly purpose: string;
  readonly intent?: MandateIntent;
}

/** The person hands an agent its task: signs in with the mandate's digest as nonce. */
export async function handOver(
  env: TourEnvironment,
  person: SimulatedPerson,
  client: TokenClient,
  { agent, purpose, intent }: Task,
): Promise<string> {
  const record = must(await env.cli(["agent", "show", agent]), "reading the ceiling");
  const document: MandateDocument = {
    v: 1,
    salt: randomId(),
    agent,
    subject: person.subject,
    purpose,
    ...(intent === undefined ? {} : { intent }),
    authority: Object.fromEntries(Object.entries(record["ceiling"] ?? {})),
    expires: Math.floor(Date.now() / 1000) + 3600,
    idleSeconds: 900,
  };
  return openMandate(client, document, person.signIn(nonceForSubject(document), agent));
}

/** The open transaction of a mandate. */
export async function transactionOf(env: TourEnvironment, mandate: string): Promise<string> {
  const { mandates } = must(await env.cli(["mandate", "list"]), "listing mandates");
  const found = (Array.isArray(mandates) ? mandates : []).find(
    (item) => typeof item === "object" && item !== null && "id" in item && item.id === mandate,
  );
  return typeof found === "object" && found !== null && "txn" in found ? String(found.txn) : "";
}
