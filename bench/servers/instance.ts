import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enrol, importAgentKey } from "@narrowgate/agent";
import { parseRegistryDocument } from "@narrowgate/contracts";
import { type Clock, type JsonObject, randomId } from "@narrowgate/kernel";
import { createInstance } from "../../packages/server/src/compose/create-instance.ts";
import type { Instance } from "../../packages/server/src/compose/instance.ts";
import { openInstance } from "../../packages/server/src/compose/open-instance.ts";
import { type Served, serveInstance } from "../../packages/server/src/compose/serve-instance.ts";
import { type Config, parseConfig } from "../../packages/server/src/config/config.ts";
import { createSqliteStore } from "../../packages/server/src/platform/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../packages/server/src/platform/store/store.ts";
import { freePort } from "../../test/scenarios/harness/free-port.ts";
import type { Signer } from "../load/sign.ts";

export type { Instance, Store };
export { createSqliteStore };

/** Who the bench says it is where an operator signs; registry changes are applied without the admin API. */
const OPERATOR = { operator: randomId(), jws: "signed.by.bench" };

/** A real instance on a directory of its own, removed at the end. */
export interface BenchInstance {
  readonly clock: BenchClock;
  readonly config: Config;
  readonly issuer: string;
  readonly port: number;
  instance(): Instance;
  open(): Promise<void>;
  apply(document: JsonObject, policies?: string): Promise<void>;
  close(): Promise<void>;
  remove(): void;
}

function report({ kind, cause }: { readonly kind: string; readonly cause?: unknown }): void {
  if (kind === "fault" || kind === "fatal") process.stderr.write(`${kind}: ${String(cause)}\n`);
}

/** A clock that stands where it is put, and is that of the machine otherwise. */
export interface BenchClock extends Clock {
  /** @param ms - Unix milliseconds; undefined: the machine's */
  put(ms: number | undefined): void;
}

function benchClock(): BenchClock {
  let held: number | undefined;
  return {
    nowMs: () => held ?? Date.now(),
    put(ms) {
      held = ms;
    },
  };
}

/** A folder that is kept has the port beside the store: the origin of its log names it. */
async function portOf(directory: string): Promise<number> {
  const path = join(directory, "port");
  if (existsSync(path)) return Number(readFileSync(path, "utf8"));
  const port = await freePort();
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, String(port));
  return port;
}

/**
 * Makes an instance as `narrowgate up` does: SQLite with full sync, keys in files, the anchor beside the store.
 * @param kept - a folder that stays, and is opened again when there is an instance in it; absent: one that is removed
 * @param beginsMs - where there is no log yet: when it begins, and where the clock stands until it is put elsewhere, Unix milliseconds; absent: the machine's
 */
export async function makeInstance(kept?: string, beginsMs?: number): Promise<BenchInstance> {
  const directory = kept ?? mkdtempSync(join(tmpdir(), "narrowgate-bench-"));
  const port = await portOf(directory);
  const clock = benchClock();
  const issuer = `http://localhost:${port}`;
  const config = parseConfig(
    {
      environment: "dev",
      base_url: issuer,
      listen: { host: "127.0.0.1", port },
      data_directory: "data",
      store: { kind: "sqlite", path: "data/store/log.db" },
      anchor_file: "anchor/anchor.json",
      token_life_seconds: 900,
    },
    directory,
  );
  if (!existsSync(join(directory, "data"))) {
    clock.put(beginsMs);
    await createInstance(config, clock);
  }
  let running: { readonly instance: Instance; readonly served: Served } | undefined;
  const instance = (): Instance => {
    if (running === undefined) throw new RangeError("the instance is not open");
    return running.instance;
  };
  return {
    clock,
    config,
    issuer,
    port,
    instance,
    async open() {
      const opened = await openInstance(config, report, clock);
      running = { instance: opened, served: await serveInstance(opened, report) };
    },
    async apply(document, policies) {
      const files = policies === undefined ? {} : { files: [{ name: "bench.cedar", text: policies }] };
      const named = policies === undefined ? {} : { policies: ["*.cedar"] };
      const parsed = parseRegistryDocument({ ...document, ...named });
      const plan = instance().registry.plan({ document: parsed, prune: false, ...files });
      if (plan.kind === "refused") throw new RangeError(JSON.stringify(plan.problems.slice(0, 3)));
      await plan.apply(OPERATOR);
    },
    async close() {
      await running?.served.close();
      await running?.instance.close();
      running = undefined;
    },
    remove() {
      if (kept === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Approves what an upstream states now. */
export async function pinServer({ registry, gateway }: Instance, id: string): Promise<void> {
  const server = registry.server(id);
  if (server === undefined) throw new RangeError(`no server ${id}`);
  const definitions = await gateway.learnPins(server);
  const choices = definitions.map(({ kind, name, digest }) => ({ kind, name, digest }));
  await registry.approvePins({ server: id, choices, definitions }, OPERATOR);
}

/** Enrols a new instance of an agent over HTTP, with a key that the load generator gets. */
export async function enrolSigner(
  { issuer, instance }: Pick<BenchInstance, "issuer" | "instance">,
  agent: string,
): Promise<Signer> {
  const jwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  const key = await importAgentKey(jwk);
  const { code } = await instance().attestation.issueJoinCode(agent, OPERATOR.operator);
  await enrol({ issuer, agent, code, key });
  return { id: agent, jwk, jkt: key.jkt };
}

/** Opens a mandate of a person for an agent, over all that its ceiling allows, for an hour. @returns its id */
export async function openMandate({ clock, mandates, registry }: Instance, agent: string): Promise<string> {
  const authority = registry.agent(agent)?.ceiling ?? {};
  const { id } = await mandates.open({
    by: "operator",
    document: {
      v: 1,
      salt: randomBytes(16).toString("base64url"),
      agent,
      subject: "https://people.example#ada",
      purpose: "measure",
      authority,
      expires: Math.floor(clock.nowMs() / 1000) + 3600,
      idleSeconds: 3600,
    },
  });
  return id;
}
