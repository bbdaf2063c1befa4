export type { Resolve, ResolvedAddress, TargetRules } from "./check-target.ts";
export { createSafeFetch, type FetchRules, type JsonFetcher } from "./safe-fetch.ts";
