import { isRefusal, type Refusal, refuse } from "../outcome.ts";
import { parseForm } from "./parse-form.ts";

/** Grants of the token endpoint. */
export const GRANTS = {
  clientCredentials: "client_credentials",
  tokenExchange: "urn:ietf:params:oauth:grant-type:token-exchange",
  jwtBearer: "urn:ietf:params:oauth:grant-type:jwt-bearer",
} as const;

/** Token types of RFC 8693 section 3 that are understood here. */
export const TOKEN_TYPES = {
  accessToken: "urn:ietf:params:oauth:token-type:access_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
} as const;

const KNOWN = new Set([
  "grant_type",
  "client_id",
  "client_assertion",
  "client_assertion_type",
  "scope",
  "resource",
  "audience",
  "authorization_details",
  "subject_token",
  "subject_token_type",
  "actor_token",
  "actor_token_type",
  "requested_token_type",
  "assertion",
  "mandate",
]);
const MAY_REPEAT = new Set(["resource", "audience"]);

/** A token request after parsing: each parameter once, and the targets. */
export interface TokenRequest {
  readonly grant: string;
  readonly params: ReadonlyMap<string, string>;
  /** Values of `resource` and `audience`, in order. */
  readonly targets: readonly string[];
}

/**
 * Parses the form body of a token request (step 1).
 * Trust: `form` is attacker-controlled; its size is bounded by the caller.
 * Unknown parameters are ignored, as RFC 6749 section 3.2 demands; repeated known ones are refused.
 * @returns `invalid_request` for a repeated or missing parameter, and for what is no form
 */
export function parseTokenRequest(form: string, contentType: string | undefined): TokenRequest | Refusal {
  const sent = parseForm(form, contentType);
  if (isRefusal(sent)) return sent;
  const known = sent.filter(([name]) => KNOWN.has(name));
  const single = known.filter(([name]) => !MAY_REPEAT.has(name));
  const names = single.map(([name]) => name);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) return refuse("invalid_request", `parameter \`${repeated}\` is repeated`);
  // RFC 6749 section 3.2: a parameter sent without a value is treated as omitted.
  const params = new Map(single.filter(([, value]) => value !== ""));
  const grant = params.get("grant_type");
  if (grant === undefined) return refuse("invalid_request", "parameter `grant_type` is missing");
  const targets = known.filter(([name]) => MAY_REPEAT.has(name)).map(([, value]) => value);
  return checkTypes(params) ?? { grant, params, targets };
}

function checkTypes(params: ReadonlyMap<string, string>): Refusal | undefined {
  const wanted = params.get("requested_token_type");
  if (wanted !== undefined && wanted !== TOKEN_TYPES.accessToken && wanted !== TOKEN_TYPES.jwt)
    return refuse(
      "invalid_request",
      "`requested_token_type` is not supported; only access tokens are issued",
    );
  for (const role of ["subject_token", "actor_token"]) {
    if (params.has(role) !== params.has(`${role}_type`))
      return refuse("invalid_request", `\`${role}\` and \`${role}_type\` come together`);
  }
  return undefined;
}
