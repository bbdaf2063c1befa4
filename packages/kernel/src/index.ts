export { fromBase64, fromBase64url, toBase64, toBase64url } from "./base64.ts";
export { concatBytes, equalBytes, fromUtf8, utf8 } from "./bytes.ts";
export { canonicalBytes, canonicalJson, type JsonObject, type JsonValue } from "./canonical-json.ts";
export { type Clock, type ManualClock, manualClock, systemClock } from "./clock.ts";
export { invariant, isNarrowgateError, NarrowgateError, type NarrowgateErrorExtra } from "./errors.ts";
export { fromHex, toHex } from "./hex.ts";
export { type Brand, isId, parseSha256Text, randomId, type Sha256Text, toSha256Text } from "./ids.ts";
export {
  type ObjectRecord,
  type Range,
  readArray,
  readBoolean,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
  type StringRules,
} from "./read-json.ts";
export { type CanonicalScanLimits, type JsonSpan, scanCanonicalJson } from "./scan-canonical.ts";
export { type Sha256, sha256, sha256Hex } from "./sha256.ts";
export { parseStrictJson, type StrictJsonLimits } from "./strict-json.ts";
