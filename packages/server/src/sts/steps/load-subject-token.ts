import { parseActorChain } from "@narrowgate/authority";
import { authorityOf } from "../known-authority.ts";
import { type Refusal, refuse } from "../outcome.ts";
import type { StsPorts } from "../ports.ts";
import type { Authenticated, Source, Sourced } from "../stages.ts";
import { TOKEN_TYPES } from "./parse-request.ts";

/**
 * Verifies the subject token of an exchange, and that nothing above it was revoked (step 5).
 * Its `aud` is not checked here: it is the resource it was made for, and decides in the next step who may go on.
 * @returns `invalid_request`, `invalid_grant`, `revoked`, `mandate_*`
 * @see RFC 8693 section 2.1
 */
export async function loadSubjectToken(stage: Authenticated, ports: StsPorts): Promise<Sourced | Refusal> {
  const { params } = stage.request;
  const jws = params.get("subject_token");
  if (jws === undefined) return refuse("invalid_request", "parameter `subject_token` is missing");
  if (params.get("subject_token_type") !== TOKEN_TYPES.accessToken)
    return refuse("invalid_request", "`subject_token_type` must be the access-token type");
  const token = stage.subjectToken ?? (await ports.tokens.verify(jws));
  if (token.kind === "refused")
    return refuse("invalid_grant", "the subject token is not valid", token.description);
  const { claims } = token;
  if (ports.epochs.firstDead(claims.ng.epochs) !== undefined) return refuse("revoked");
  const open = ports.mandates.checkOpen(claims.ng.mandate, ports.clock.nowMs());
  if (open.kind === "refused") return refuse(open.code);
  const chain = claims.act === undefined ? undefined : parseActorChain(claims.act);
  const source: Source = {
    mode: "continuation",
    mandate: open.mandate,
    authority: authorityOf(claims),
    chain,
    parentChain: chain,
    subject: { sub: claims.sub, profile: claims.sub_profile },
    expires: claims.exp,
    epochs: claims.ng.epochs,
    parent: { claims, digest: token.digest, jws },
  };
  return { ...stage, source };
}
