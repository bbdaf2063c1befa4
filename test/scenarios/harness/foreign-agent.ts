import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { enrol, generatePrivateJwk, importAgentKey, type PrivateAgentJwk } from "@narrowgate/agent";
import { randomId } from "@narrowgate/kernel";
import type { TestInstance } from "./test-instance.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

/** An enrolled agent with its key in the forms that clients of others take. */
export interface ForeignAgent {
  readonly id: string;
  readonly jwk: PrivateAgentJwk;
  /** RFC 7638 thumbprint: the `kid` of its client assertions. */
  readonly kid: string;
  readonly pair: CryptoKeyPair;
}

/** Enrols a new instance of an agent with a key that can be given to any client. */
export async function joinForeign(gate: TestInstance, id: string): Promise<ForeignAgent> {
  const jwk = await generatePrivateJwk();
  const key = await importAgentKey(jwk);
  const { code } = await gate.instance().attestation.issueJoinCode(id, randomId());
  await enrol({ issuer: gate.issuer, agent: id, code, key });
  const { d: _, ...open } = jwk;
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey("jwk", { ...jwk }, ALGORITHM, true, ["sign"]),
    crypto.subtle.importKey("jwk", { ...open }, ALGORITHM, true, ["verify"]),
  ]);
  return { id, jwk, kid: key.jkt, pair: { privateKey, publicKey } };
}

/** Writes the key as `narrowgate agent join` does. @returns the folder for `--key-dir` */
export async function writeAgentKey(gate: TestInstance, { id, jwk }: ForeignAgent): Promise<string> {
  const folder = join(gate.directory, "agents");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const text = JSON.stringify({ format: "narrowgate-agent-key/1", agent: id, issuer: gate.issuer, jwk });
  await writeFile(join(folder, `${id}.json`), `${text}\n`, { mode: 0o600 });
  return folder;
}
