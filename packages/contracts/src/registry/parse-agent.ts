import { integer, jsonObject, listOf, literal, oneOf, refuseInput, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import type { AgentSpec } from "./document.ts";
import type { WorkloadBinding } from "./records.ts";

/** Risk tiers, low to high. */
export const RISK_TIERS = ["T1", "T2", "T3"] as const;

/** Longest id of an agent or server, in characters. */
export const MAX_NAME_LENGTH = 128;

/** Id of an agent or server in the file: a plain name. */
export const registryName: Reader<string> = text({
  min: 1,
  max: MAX_NAME_LENGTH,
  pattern: /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/,
});

const sentence: Reader<string> = text({ min: 1, max: 512, pattern: /^[^\p{Cc}]+$/u });
const isoDate = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Unix seconds, or a date: then its first second in UTC. */
const expiry: Reader<number> = (value, path) => {
  if (typeof value !== "string") return integer({ max: 253_402_300_799 })(value, path);
  const seconds = Date.parse(`${value}T00:00:00Z`) / 1000;
  const isReal = isoDate.test(value) && Number.isFinite(seconds) && toDate(seconds) === value;
  return isReal ? seconds : refuseInput(path, "must be a date (YYYY-MM-DD) or Unix seconds");
};

function toDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

type ClaimRule = string | readonly string[];
const claimText = text({ min: 1, max: 1024 });
const claimList = listOf(claimText, { min: 1, max: 64 });
const claimRule: Reader<ClaimRule> = (value, path) =>
  Array.isArray(value) ? claimList(value, path) : claimText(value, path);

const claimRules: Reader<Readonly<Record<string, ClaimRule>>> = (value, path) => {
  const rules = Object.entries(jsonObject(value, path));
  if (rules.length === 0 || rules.length > 64) refuseInput(path, "must name 1 to 64 claims");
  return Object.fromEntries(rules.map(([name, rule]) => [name, claimRule(rule, `${path}/${name}`)]));
};

const readEnrolment = shape<Extract<WorkloadBinding, { method: "enrolment" }>>({
  method: literal("enrolment"),
});
const readOidc = shape<Extract<WorkloadBinding, { method: "oidc" }>>({
  method: literal("oidc"),
  issuer: text({ min: 1, max: 1024, pattern: /^https?:\/\/[\x21-\x7e]+$/ }),
  claims: claimRules,
});
const readSpiffe = shape<Extract<WorkloadBinding, { method: "spiffe" }>>({
  method: literal("spiffe"),
  trust_domain: text({ min: 1, max: 255, pattern: /^[a-z0-9._-]+$/ }),
  id: text({ min: 1, max: 2048, pattern: /^spiffe:\/\/[\x21-\x7e]+$/ }),
  match: optional(oneOf(["exact", "path"])),
});

const clientUrl = text({ min: 12, max: 1024, pattern: /^https:\/\/[\x21-\x7e]+$/ });
/**
 * Where browsers may be sent: https, http on the person's own machine, or an application's own scheme; none that a browser
 * would run or read.
 */
export const REDIRECT_PATTERN: string =
  "^(?:https://|http://(?:localhost|127\\.0\\.0\\.1|\\[::1\\])(?=[:/])|(?!(?:https?|javascript|data|vbscript|file|blob|about):)[a-z][a-z0-9+.-]*:)[\\x21-\\x7e]+$";
const readPublicClient = shape<Extract<WorkloadBinding, { redirect_uris: readonly string[] }>>({
  method: literal("consent"),
  redirect_uris: listOf(text({ min: 3, max: 1024, pattern: new RegExp(REDIRECT_PATTERN) }), {
    min: 1,
    max: 16,
  }),
});
const readDocumentClient = shape<Extract<WorkloadBinding, { client_id: string }>>({
  method: literal("consent"),
  client_id: clientUrl,
});

const readOpenRegistration = shape<Extract<WorkloadBinding, { registration: "open" }>>({
  method: literal("consent"),
  registration: literal("open"),
});

const readConsent: Reader<Extract<WorkloadBinding, { method: "consent" }>> = (value, path) => {
  const has = (member: string): boolean => typeof value === "object" && value !== null && member in value;
  if (has("registration")) return readOpenRegistration(value, path);
  return has("client_id") ? readDocumentClient(value, path) : readPublicClient(value, path);
};

const readBinding: Reader<WorkloadBinding> = (value, path) => {
  const method: unknown =
    typeof value === "object" && value !== null ? Reflect.get(value, "method") : undefined;
  if (method === "oidc") return readOidc(value, path);
  if (method === "spiffe") return readSpiffe(value, path);
  if (method === "consent") return readConsent(value, path);
  if (method !== undefined && method !== "enrolment") {
    refuseInput(`${path}/method`, "must be one of enrolment, oidc, spiffe, consent");
  }
  return readEnrolment(value, path);
};

type WireAgent = Omit<AgentSpec, "delegates" | "bindings"> & {
  readonly delegates?: readonly string[];
  readonly bindings?: readonly WorkloadBinding[];
};

const readWireAgent = shape<WireAgent>({
  id: registryName,
  owner: sentence,
  deputy: sentence,
  purpose: sentence,
  tier: oneOf(RISK_TIERS),
  expires: expiry,
  delegates: optional(listOf(registryName, { max: 256 })),
  ceiling: jsonObject,
  bindings: optional(listOf(readBinding, { max: 32 })),
});

/** Reads one agent of the file. */
export const readAgent: Reader<AgentSpec> = (value, path) => {
  const agent = readWireAgent(value, path);
  return { ...agent, delegates: agent.delegates ?? [], bindings: agent.bindings ?? [] };
};
