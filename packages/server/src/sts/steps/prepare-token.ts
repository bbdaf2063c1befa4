import { hash } from "node:crypto";
import { type ActorChain, earliestExpiry, formatAuthorizationDetails } from "@narrowgate/authority";
import type { AccessTokenClaims, ActorClaim } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { intentClaim } from "../../platform/crypto-hash/intent-claim.ts";
import { type Refusal, refuse } from "../outcome.ts";
import type { StsPorts } from "../ports.ts";
import type { Narrowed, Prepared } from "../stages.ts";
import { tokenEpochs } from "./token-epochs.ts";

/** `H(jti)`: how a token is named where its `jti` may not stand. @see docs/spec/evidence.md section 4 */
export function tokenName(jti: string): string {
  return hash("sha256", jti, "base64url");
}

function actorClaim([{ iss, sub, subProfile }, next, ...rest]: ActorChain): ActorClaim {
  return {
    iss,
    sub,
    ...(subProfile === undefined ? {} : { sub_profile: subProfile }),
    ...(next === undefined ? {} : { act: actorClaim([next, ...rest]) }),
  };
}

function signingInputOf(kid: string, claims: AccessTokenClaims): string {
  // JSON.stringify writes well-formed text, so no two claims sets share these bytes.
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "ES256", kid, typ: "at+jwt" })}.${part(claims)}`;
}

function expiryOf(stage: Narrowed, ports: StsPorts, nowS: number): number {
  return Math.floor(
    Math.min(
      nowS + ports.tokenLifeSeconds(),
      stage.source.expires,
      stage.source.mandate.document.expires,
      stage.client.expires,
      stage.release?.untilMs === undefined ? Number.POSITIVE_INFINITY : stage.release.untilMs / 1000,
      earliestExpiry(stage.granted),
    ),
  );
}

function privateClaims(stage: Narrowed, ports: StsPorts, jti: string): AccessTokenClaims["ng"] {
  const { source, instance, client, release } = stage;
  const parent = source.parent;
  const own = {
    tok: tokenName(jti),
    agent: client,
    instance,
    ...(release === undefined ? {} : { release: release.pair }),
  };
  const intent = intentClaim(source.mandate.document);
  return {
    v: 1,
    mandate: source.mandate.id,
    instance: instance.ref,
    basis: source.mandate.basis,
    assurance: instance.assurance,
    env: ports.environment,
    reach: stage.granted.resource,
    epochs: tokenEpochs(source.epochs, own, ports.epochs),
    ...(parent === undefined ? {} : { parent: { jti: parent.claims.jti, hash: parent.digest } }),
    ...(intent === undefined ? {} : { intent }),
    ...(release === undefined ? {} : { release: release.deployment }),
  };
}

/**
 * Writes the claims as they will be signed (step 14): the expiry is the earliest of all that bound it.
 * @returns `invalid_grant` when nothing of the parent's life is left
 * @see RFC 9068 section 2; docs/spec/token.md
 */
export function prepareToken(stage: Narrowed, ports: StsPorts): Prepared | Refusal {
  const nowS = Math.floor(ports.clock.nowMs() / 1000);
  const exp = expiryOf(stage, ports, nowS);
  if (exp <= nowS) return refuse("invalid_grant", "nothing is left of the parent's life");
  const jti = randomId();
  const { source } = stage;
  const claims: AccessTokenClaims = {
    iss: ports.issuer,
    aud: stage.target,
    sub: source.subject.sub,
    sub_profile: source.subject.profile,
    client_id: stage.client.id,
    scope: stage.granted.scope.join(" "),
    exp,
    iat: nowS,
    jti,
    txn: source.mandate.txn,
    ...(source.chain === undefined ? {} : { act: actorClaim(source.chain) }),
    cnf: { jkt: stage.proof.jkt },
    authorization_details: formatAuthorizationDetails(stage.granted.details),
    ng: privateClaims(stage, ports, jti),
  };
  const signer = ports.signer();
  return { ...stage, claims, signer, signingInput: signingInputOf(signer.kid, claims) };
}
