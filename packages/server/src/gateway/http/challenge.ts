import type { ErrorCode, ServerRecord, ToolRecord } from "@narrowgate/contracts";
import { findRegistered } from "../mcp/match-registration.ts";

function distinct(records: readonly ToolRecord[]): readonly string[] {
  return [...new Set(records.flatMap(({ scope }) => scope.split(" ")))]
    .filter((scope) => scope !== "")
    .sort();
}

/**
 * The least that is of use at a server: the scopes of what only reads; of everything where nothing does.
 * @see MCP 2026-07-28 authorization, scope selection
 */
export function basicScopes({ tools, prompts, resources }: ServerRecord): readonly string[] {
  const records = [...tools, ...prompts, ...resources];
  const reading = records.filter(({ effect }) => effect === "read");
  return distinct(reading.length > 0 ? reading : records);
}

const kinds: Readonly<Record<string, "tool" | "prompt" | "resource">> = {
  "tools/call": "tool",
  "prompts/get": "prompt",
  "resources/read": "resource",
};

/** The scopes of the operation that is asked for; what names none, or one that is not registered, gets the least. */
export function neededScopes(
  server: ServerRecord,
  { method = "", name = "" }: { readonly method?: string; readonly name?: string },
): readonly string[] {
  const kind = kinds[method];
  const record = kind === undefined ? undefined : findRegistered(server, kind, name);
  return record === undefined ? basicScopes(server) : distinct([record]);
}

/** What a challenge says. */
export interface Challenge {
  readonly metadataUrl: string;
  readonly scope: string;
  readonly error?: "invalid_token" | "invalid_dpop_proof" | "use_dpop_nonce" | "insufficient_scope";
  readonly description?: string;
}

/** OAuth `error` of a refusal by authentication; undefined for refusals that a new token cannot mend. */
export function challengeError(code: ErrorCode): Challenge["error"] | undefined {
  switch (code) {
    case "invalid_dpop_proof":
    case "replayed":
    case "body_signature_required":
      return "invalid_dpop_proof";
    case "use_dpop_nonce":
    case "insufficient_scope":
      return code;
    case "invalid_token":
    case "bearer_refused":
    case "revoked":
    case "mandate_unknown":
    case "mandate_closed":
    case "mandate_expired":
    case "mandate_idle":
      return "invalid_token";
    default:
      return undefined;
  }
}

function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "'")}"`;
}

/**
 * Writes `WWW-Authenticate` for the one scheme the gate takes.
 * @see RFC 9449 section 7.1, RFC 9728 section 5.1, MCP 2026-07-28 authorization
 */
export function formatChallenge({ metadataUrl, scope, error, description }: Challenge): string {
  const members = [
    ...(error === undefined ? [] : [`error=${quoted(error)}`]),
    ...(description === undefined ? [] : [`error_description=${quoted(description)}`]),
    ...(scope === "" ? [] : [`scope=${quoted(scope)}`]),
    `resource_metadata=${quoted(metadataUrl)}`,
    'algs="ES256"',
  ];
  return `DPoP ${members.join(", ")}`;
}
