import { dirname, isAbsolute, relative } from "node:path";
import type { ServerRecord } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Config } from "../config/config.ts";

/** A setting that weakens what the instance promises, and how. */
export interface UnsafeSetting {
  readonly setting: string;
  readonly effect: string;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

function isMetricsAbroad({ metrics }: Config): boolean {
  return metrics !== undefined && !["localhost", "127.0.0.1", "::1"].includes(metrics.listen.host);
}

function isPlainAbroad({ baseUrl }: Config): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === "http:" && !LOOPBACK.has(hostname);
}

/**
 * Refuses what `prod` may not start with.
 * @throws `posture_refused` naming the setting
 */
export function checkPosture(config: Config): void {
  if (config.environment === "prod" && isPlainAbroad(config))
    throw new NarrowgateError("posture_refused", "/base_url must be https in prod");
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !way.startsWith("..") && !isAbsolute(way);
}

function ofConfig(config: Config, witnesses: number): readonly UnsafeSetting[] {
  const { environment, anchorFile, dataDirectory, store, fetch } = config;
  const found: UnsafeSetting[] = [];
  const add = (setting: string, effect: string): void => void found.push({ setting, effect });
  if (environment === "dev")
    add("environment: dev", "children without isolation and keys of the same user are let through");
  if (isPlainAbroad(config)) add("base_url: http", "tokens and arguments can be read on the way");
  if (isMetricsAbroad(config))
    add("metrics.listen: not loopback", "who reaches it reads names of agents and how much they do");
  if (witnesses === 0) add("witnesses: none", "nobody outside sees when history is rewritten");
  const beside = store.kind === "sqlite" && dirname(store.path) === dirname(anchorFile);
  // Whoever copies the folder of the instance, to restore it later, takes along what is anywhere below it.
  const within =
    store.kind === "sqlite" && isBelow(anchorFile, dataDirectory) && isBelow(store.path, dataDirectory);
  if (beside || within || dirname(anchorFile) === dataDirectory)
    add("anchor_file: beside the store", "who restores an older copy restores the anchor with it");
  if (fetch.allowedHosts.length > 0)
    add(
      `fetch.allowed_hosts: ${fetch.allowedHosts.length}`,
      "key sets come from addresses inside the network",
    );
  return found;
}

function ofServers({ environment }: Config, servers: readonly ServerRecord[]): readonly UnsafeSetting[] {
  return servers.flatMap(({ id, upstream }): UnsafeSetting[] => {
    if (upstream.transport !== "stdio" || upstream.isolation !== "none") return [];
    const effect = environment === "dev" ? "it can read what this process can" : "it is refused here";
    return [{ setting: `server ${id}: isolation none`, effect }];
  });
}

/** What is known of an instance beside its configuration. */
export interface Surroundings {
  /** Of the registry, live ones. */
  readonly servers: readonly ServerRecord[];
  /** How many are asked, whoever named them. */
  readonly witnesses: number;
}

/** What the operator of the process is told at each start. @see docs/production.md */
export function unsafeSettings(
  config: Config,
  { servers, witnesses }: Surroundings,
  env: NodeJS.ProcessEnv,
): readonly UnsafeSetting[] {
  // Node reads it once, before any code runs: signatures of all requests share the pool's four threads otherwise.
  const threads = env["UV_THREADPOOL_SIZE"] === undefined;
  return [
    ...ofConfig(config, witnesses),
    ...ofServers(config, servers),
    ...(threads
      ? [{ setting: "UV_THREADPOOL_SIZE: not set", effect: "four threads sign, however many cores" }]
      : []),
  ];
}
