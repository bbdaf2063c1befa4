import type { JsonObject } from "@narrowgate/kernel";
import { ENVIRONMENTS } from "../evidence/bodies/log.ts";
import {
  digest,
  id,
  id16,
  integer,
  jsonObject,
  listOf,
  literal,
  oneOf,
  refuseInput,
  sortedSetOf,
  text,
  txnId,
} from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import { audienceFault } from "./audience.ts";
import { type AccessTokenClaims, type ActorClaim, ASSURANCES, SUBJECT_BASES } from "./claims.ts";
import { readEpochs } from "./epochs.ts";

/** Longest life of an access token, in seconds. */
export const MAX_TOKEN_LIFE_SECONDS = 900;

/** Header of an access token: these three members and no other (T-1). */
export type AccessTokenHeader = { readonly alg: "ES256"; readonly typ: "at+jwt"; readonly kid: string };

const maxActors = 8;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is excluded
const plainText = text({ min: 1, max: 512, pattern: /^[^\u0000-\u001f\u007f]+$/ });
// The rule for members of `resource`: authority.md section 1.
const url = text({
  min: 1,
  max: 2048,
  pattern: /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/,
});
const scope = text({ max: 4096, pattern: /^(?:[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*)?$/ });

const name: Reader<string> = (value, path) => {
  const read = plainText(value, path);
  return read.isWellFormed() ? read : refuseInput(path, "holds a lone surrogate");
};

function actorReader(layersLeft: number): Reader<ActorClaim> {
  return (value, path) => {
    if (layersLeft === 0) refuseInput(path, `the chain is deeper than ${maxActors}`);
    return shape<ActorClaim>({
      iss: name,
      sub: name,
      sub_profile: optional(name),
      act: optional(actorReader(layersLeft - 1)),
    })(value, path);
  };
}

const claimsShape = shape<AccessTokenClaims>({
  iss: url,
  aud: url,
  sub: name,
  sub_profile: oneOf(["user", "ai_agent"]),
  client_id: name,
  scope,
  exp: integer(),
  iat: integer(),
  nbf: optional(integer()),
  jti: id16,
  txn: txnId,
  act: optional(actorReader(maxActors)),
  cnf: shape({ jkt: digest }),
  authorization_details: listOf(jsonObject, { max: 64 }),
  ng: shape<AccessTokenClaims["ng"]>({
    v: literal(1),
    mandate: id,
    instance: id,
    basis: oneOf(SUBJECT_BASES),
    assurance: oneOf(ASSURANCES),
    env: oneOf(ENVIRONMENTS),
    parent: optional(shape({ jti: id16, hash: digest })),
    epochs: readEpochs,
    reach: sortedSetOf(url, { max: 64 }),
    intent: optional<string>(digest),
    release: optional<string>(digest),
  }),
});

/**
 * Reads the claims of an access token of ours; any other claim is refused.
 * Trust: `value` is attacker-controlled until the signature is verified. The authority in it is parsed by the
 * authority package; times are only checked against one another, not against a clock.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/token.md T-1, T-2, T-4, T-5, T-6
 */
export function parseAccessTokenClaims(value: unknown): AccessTokenClaims {
  const claims = claimsShape(value, "");
  if (claims.exp <= claims.iat || claims.exp - claims.iat > MAX_TOKEN_LIFE_SECONDS) {
    refuseInput("/exp", `must be 1 to ${MAX_TOKEN_LIFE_SECONDS} seconds after iat`);
  }
  const fault = audienceFault(claims);
  if (fault !== undefined) {
    const [place = "", rule = ""] = fault.split(": ");
    refuseInput(place, rule);
  }
  return claims;
}

/** Writes claims as the JSON object that is signed: the inverse of {@link parseAccessTokenClaims}. */
export function formatAccessTokenClaims(claims: AccessTokenClaims): JsonObject {
  return claims;
}

const headerShape = shape<AccessTokenHeader>({
  alg: literal("ES256"),
  typ: literal("at+jwt"),
  kid: text({ min: 1, max: 128, pattern: /^[A-Za-z0-9._-]+$/ }),
});

/**
 * Reads the header of an access token of ours: `alg` ES256, `typ` at+jwt, a `kid`, and nothing else.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/token.md T-1
 */
export function parseAccessTokenHeader(value: unknown): AccessTokenHeader {
  return headerShape(value, "");
}
