import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenClient, enrol, generateAgentKey, type TokenClient } from "@narrowgate/agent";
import { parseRegistryDocument } from "@narrowgate/contracts";
import { type Clock, type JsonObject, randomId, systemClock } from "@narrowgate/kernel";
import { createInstance } from "../../../packages/server/src/compose/create-instance.ts";
import type { Instance } from "../../../packages/server/src/compose/instance.ts";
import { openInstance } from "../../../packages/server/src/compose/open-instance.ts";
import { type Served, serveInstance } from "../../../packages/server/src/compose/serve-instance.ts";
import { type Config, parseConfig } from "../../../packages/server/src/config/config.ts";
import { freePort } from "./free-port.ts";

/** A real instance in this process: store on disk, listeners on loopback. Registry changes skip the operator's signature. */
export interface TestInstance {
  readonly issuer: string;
  readonly directory: string;
  readonly config: Config;
  /** The same, for a server of its own process. */
  readonly configFile: string;
  readonly instance: () => Instance;
  /** Applies a registry document; policies are Cedar text. */
  apply(document: JsonObject, policies?: string): Promise<void>;
  /** Approves what the upstream states now. */
  pin(server: string): Promise<void>;
  /** Enrols a new instance of an agent with a key of its own. */
  join(agent: string): Promise<TokenClient>;
  restart(): Promise<void>;
  /** Ends it, leaving its files; a test may change them before the next start. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const OPERATOR = { operator: randomId(), jws: "signed.by.test" };

async function open(config: Config, clock: Clock): Promise<{ instance: Instance; served: Served }> {
  const faults: unknown[] = [];
  const report = (event: { readonly kind: string; readonly cause?: unknown }): void => {
    if (event.kind === "fault") faults.push(event.cause);
  };
  const instance = await openInstance(config, report, clock);
  return { instance, served: await serveInstance(instance, report) };
}

/** Makes and opens an instance; the caller closes it. */
export async function startInstance(
  options: {
    readonly environment?: "dev" | "staging" | "prod";
    /** Members of the configuration, in place of those below. */
    readonly config?: JsonObject;
    readonly clock?: Clock;
  } = {},
): Promise<TestInstance> {
  const directory = await mkdtemp(join(tmpdir(), "narrowgate-scenario-"));
  const port = await freePort();
  const issuer = `${options.config?.["tls"] === undefined ? "http" : "https"}://localhost:${port}`;
  const members = {
    environment: options.environment ?? "dev",
    base_url: issuer,
    listen: { host: "127.0.0.1", port },
    data_directory: "data",
    store: { kind: "sqlite", path: "data/store/log.db" },
    anchor_file: "anchor/anchor.json",
    ...options.config,
  };
  const config = parseConfig(members, directory);
  const configFile = join(directory, "config.json");
  await writeFile(configFile, JSON.stringify(members));
  await createInstance(config);
  const clock = options.clock ?? systemClock;
  let running: { readonly instance: Instance; readonly served: Served } | undefined = await open(
    config,
    clock,
  );
  const live = (): Instance => {
    if (running === undefined) throw new RangeError("the instance is stopped");
    return running.instance;
  };
  const stop = async (): Promise<void> => {
    const ended = running;
    running = undefined;
    await ended?.served.close();
    await ended?.instance.close();
  };
  const start = async (): Promise<void> => {
    running ??= await open(config, clock);
  };
  return {
    issuer,
    directory,
    config,
    configFile,
    instance: live,
    async apply(document, policies) {
      const files = policies === undefined ? undefined : [{ name: "test.cedar", text: policies }];
      const parsed = parseRegistryDocument({
        ...document,
        ...(files === undefined ? {} : { policies: ["*.cedar"] }),
      });
      const plan = live().registry.plan({
        document: parsed,
        prune: false,
        ...(files === undefined ? {} : { files }),
      });
      if (plan.kind === "refused") throw new AggregateError(plan.problems, JSON.stringify(plan.problems));
      await plan.apply(OPERATOR);
    },
    async pin(id) {
      const { registry, gateway } = live();
      const server = registry.server(id);
      if (server === undefined) throw new RangeError(`no server ${id}`);
      const definitions = await gateway.learnPins(server);
      const choices = definitions.map(({ kind, name, digest }) => ({ kind, name, digest }));
      await registry.approvePins({ server: id, choices, definitions }, OPERATOR);
    },
    async join(agent) {
      const key = await generateAgentKey();
      const { code } = await live().attestation.issueJoinCode(agent, OPERATOR.operator);
      await enrol({ issuer, agent, code, key });
      return createTokenClient({ issuer, agent, key });
    },
    async restart() {
      await stop();
      await start();
    },
    stop,
    start,
    async close() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
