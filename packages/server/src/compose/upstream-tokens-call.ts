import { hash } from "node:crypto";
import {
  earliestExpiry,
  formatActorChain,
  formatAuthority,
  formatAuthorizationDetails,
  parseActorChain,
  rebindChain,
} from "@narrowgate/authority";
import {
  type AccessTokenClaims,
  type EpochPair,
  gateActorId,
  type LeafDraft,
  parseAccessTokenClaims,
} from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import type { CutToken, PortRefusal, UpstreamCall } from "../gateway/index.ts";
import { type NarrowedCall, narrowToCall } from "./upstream-tokens-narrow.ts";
import type { TokenMaker } from "./upstream-tokens-sign.ts";

const maxLifeSeconds = 60;
const maxEpochs = 64;

const digestOf = (text: string): string => hash("sha256", text, "base64url");

function epochsOf({ claims }: UpstreamCall, tok: string): readonly EpochPair[] {
  const own: EpochPair = [`token:${tok}`, 0];
  return [...claims.ng.epochs, own].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Claims of the token, as authority.md section 7 and token.md T-6 have them; undefined when the chain is too deep. */
function claimsOf(
  { issuer, nowS, jkt }: TokenMaker,
  call: UpstreamCall,
  { granted }: NarrowedCall,
): AccessTokenClaims | undefined {
  const { claims: parent, token } = call;
  const gate = { iss: issuer, sub: gateActorId(issuer), subProfile: "service" };
  const step = rebindChain(parent.act === undefined ? undefined : parseActorChain(parent.act), gate);
  if (step.kind !== "rebound" || parent.ng.epochs.length >= maxEpochs) return undefined;
  const iat = nowS();
  const jti = randomId();
  const { nbf: _nbf, ...kept } = parent;
  return parseAccessTokenClaims({
    ...kept,
    aud: call.audience,
    client_id: gate.sub,
    scope: granted.scope.join(" "),
    iat,
    exp: Math.min(iat + maxLifeSeconds, parent.exp, earliestExpiry(granted)),
    jti,
    act: formatActorChain(step.chain),
    cnf: { jkt },
    authorization_details: formatAuthorizationDetails(granted.details),
    ng: {
      ...parent.ng,
      parent: { jti: parent.jti, hash: digestOf(token.slice(0, token.lastIndexOf("."))) },
      epochs: epochsOf(call, digestOf(jti)),
      reach: granted.resource,
    },
  });
}

function leafOf(
  claims: AccessTokenClaims,
  signingInput: string,
  { granted, requested, ceiling }: NarrowedCall,
) {
  const bound = formatAuthority(ceiling);
  return (decision: string): LeafDraft => ({
    type: "token",
    txn: claims.txn,
    body: {
      decision,
      token: digestOf(claims.jti),
      digest: digestOf(signingInput),
      parent: digestOf(claims.ng.parent?.jti ?? ""),
      mode: "rebind",
      jkt: claims.cnf.jkt,
      expires_s: claims.exp,
      epochs: claims.ng.epochs.map((pair) => [...pair]),
    },
    proof: { signing_input: signingInput },
    content: { requested, granted: formatAuthority(granted), actor_ceiling: bound, client_ceiling: bound },
  });
}

/**
 * Cuts the token with which the gate makes one permitted call at an upstream: itself outermost, the agent nested inside,
 * bound to the gate's key, narrowed to the call, and over within a minute.
 * @returns `chain_too_deep` when the agent's token may not be handed on
 * @see docs/adr/0007-gateway-as-actor.md
 */
export function cutForCall(maker: TokenMaker, call: UpstreamCall): CutToken | PortRefusal {
  const narrowed = narrowToCall(call, maker.issuer, maker.nowS());
  const claims = narrowed === undefined ? undefined : claimsOf(maker, call, narrowed);
  if (narrowed === undefined || claims === undefined) {
    const description =
      "This server is reached by the gate as one more actor, and the token cannot be handed on.";
    return { kind: "refused", code: "chain_too_deep", description };
  }
  const { signingInput, sign } = maker.prepare(claims);
  return { kind: "cut", leaf: leafOf(claims, signingInput, narrowed), sign };
}
