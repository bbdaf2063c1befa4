export type { Resolve, ResolvedAddress, TargetRules } from "./check-target.ts";
export type { PlainAnswer, PlainRequest } from "./get-json.ts";
export {
  createSafeExchange,
  createSafeFetch,
  type FetchRules,
  type JsonFetcher,
  type SafeExchange,
} from "./safe-fetch.ts";
