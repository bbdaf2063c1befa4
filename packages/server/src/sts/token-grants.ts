import type { StsPorts } from "./ports.ts";
import type { Minted, Parsed } from "./stages.ts";
import { authenticateClient } from "./steps/authenticate-client.ts";
import { checkDelegation } from "./steps/check-delegation.ts";
import { checkGrant } from "./steps/check-grant.ts";
import { checkRelease } from "./steps/check-release.ts";
import { checkStanding, checkTakingUp } from "./steps/check-standing.ts";
import { checkTarget } from "./steps/check-target.ts";
import { decideAndRecord } from "./steps/decide-and-record.ts";
import { loadMandate } from "./steps/load-mandate.ts";
import { loadSubjectToken } from "./steps/load-subject-token.ts";
import { narrow } from "./steps/narrow.ts";
import { GRANTS } from "./steps/parse-request.ts";
import { prepareToken } from "./steps/prepare-token.ts";
import { signToken } from "./steps/sign-token.ts";
import { type Steps, steps } from "./steps.ts";

const caller = steps<Parsed, StsPorts>().step("grant", checkGrant).step("client", authenticateClient);

/** A root token, under a mandate. `client_credentials` and `jwt-bearer` differ only in how the client proves itself. */
const root: Steps<Parsed, Minted, StsPorts> = caller
  .step("standing", checkStanding)
  .step("mandate", loadMandate)
  .step("release", checkRelease)
  .step("target", checkTarget)
  .step("narrow", narrow)
  .step("prepare", prepareToken)
  .step("record", decideAndRecord)
  .step("sign", signToken);

/** A token cut from a token. @see RFC 8693 */
const exchange: Steps<Parsed, Minted, StsPorts> = caller
  .step("subject", loadSubjectToken)
  .step("delegation", checkDelegation)
  .step("standing", checkTakingUp)
  .step("release", checkRelease)
  .step("target", checkTarget)
  .step("narrow", narrow)
  .step("prepare", prepareToken)
  .step("record", decideAndRecord)
  .step("sign", signToken);

/** The steps of a grant, in the order of their checks; this file is the one to read first. */
export function stepsOf(grant: string): Steps<Parsed, Minted, StsPorts> {
  return grant === GRANTS.tokenExchange ? exchange : root;
}
