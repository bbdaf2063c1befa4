import { hop, parseRequestedAuthority, type RequestedAuthority } from "@narrowgate/authority";
import { isNarrowgateError, type JsonObject, type JsonValue, parseStrictJson } from "@narrowgate/kernel";
import { ceilingOf } from "../known-authority.ts";
import { type Refusal, refuse } from "../outcome.ts";
import type { StsPorts } from "../ports.ts";
import type { Narrowed, Targeted } from "../stages.ts";
import { isHandOff } from "./check-target.ts";

const MAX_DETAILS_BYTES = 16 * 1024;

/** The wire form of what was asked for; a part that was not asked for is absent. */
function requestedOf(params: ReadonlyMap<string, string>): JsonObject {
  const scope = params.get("scope");
  const details = params.get("authorization_details");
  const requested: { [member: string]: JsonValue } = {};
  if (scope !== undefined) requested.scope = scope.split(" ");
  if (details !== undefined)
    requested.authorization_details = parseStrictJson(details, { maxBytes: MAX_DETAILS_BYTES, maxDepth: 8 });
  return requested;
}

function codeFor(dimension: string): "invalid_scope" | "invalid_target" | "invalid_authorization_details" {
  if (dimension === "scope") return "invalid_scope";
  return dimension === "resource" ? "invalid_target" : "invalid_authorization_details";
}

/**
 * Narrows: the result is narrower than parent, actor ceiling and client ceiling; asking for more is refused (steps 12, 13).
 * INVARIANT: `hop` is the one function that does this; the verifier calls it again on what is recorded.
 * @returns `invalid_scope`, `invalid_target`, `invalid_authorization_details`
 * @see docs/spec/authority.md section 6
 */
export function narrow(stage: Targeted, ports: StsPorts): Narrowed | Refusal {
  let requested: JsonObject;
  let wanted: RequestedAuthority;
  try {
    requested = requestedOf(stage.request.params);
    wanted = parseRequestedAuthority(requested);
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    return refuse("invalid_authorization_details", error.publicMessage);
  }
  const ceiling = ceilingOf(stage.client.ceiling);
  const result = hop({
    parent: stage.source.authority,
    // The caller is both: whoever asks for a token here is who will present it.
    actorCeiling: ceiling,
    clientCeiling: ceiling,
    mode: stage.source.mode === "rebind" ? "rebind" : "continuation",
    at: Math.floor(ports.clock.nowMs() / 1000),
    ...(isHandOff(ports.issuer, stage.target) ? {} : { resource: stage.target }),
    requested: wanted,
  });
  if (result.kind === "granted")
    return { ...stage, granted: result.authority, requested, actorCeiling: ceiling, clientCeiling: ceiling };
  const { bound, dimension, path } = result.violation;
  return refuse(codeFor(dimension), `\`${path}\` exceeds the ${bound} in ${dimension}`);
}
