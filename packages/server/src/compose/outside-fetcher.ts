import { readFile } from "node:fs/promises";
import type { Config } from "../config/config.ts";
import { createSafeFetch, type JsonFetcher } from "../platform/fetch/safe-fetch.ts";

/**
 * The one way out to issuers, by the rules of the configuration. Plain http is for hosts on loopback in `dev` alone.
 * @throws what reading a certificate file throws
 */
export async function openOutsideFetcher({ environment, fetch }: Config): Promise<JsonFetcher> {
  const { allowedHosts, extraCaFiles } = fetch;
  return createSafeFetch({
    allowedHosts,
    allowHttpOnLoopback: environment === "dev",
    extraCertificates: await Promise.all(extraCaFiles.map((file) => readFile(file, "utf8"))),
  });
}
