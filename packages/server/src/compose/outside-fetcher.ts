import { readFile } from "node:fs/promises";
import type { Config } from "../config/config.ts";
import { createSafeFetch, type FetchRules, type JsonFetcher } from "../platform/fetch/safe-fetch.ts";

/**
 * Where may be fetched from, by the configuration. Plain http is for hosts on loopback in `dev` alone.
 * @throws what reading a certificate file throws
 */
export async function fetchRules({ environment, fetch }: Config): Promise<FetchRules> {
  const { allowedHosts, extraCaFiles } = fetch;
  return {
    allowedHosts,
    allowHttpOnLoopback: environment === "dev",
    extraCertificates: await Promise.all(extraCaFiles.map((file) => readFile(file, "utf8"))),
  };
}

/** The one way out to issuers, by {@link fetchRules}. @throws what reading a certificate file throws */
export async function openOutsideFetcher(config: Config): Promise<JsonFetcher> {
  return createSafeFetch(await fetchRules(config));
}
