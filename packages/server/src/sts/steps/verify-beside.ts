import { keyNamedByProof } from "../../platform/jose/index.ts";
import { isRefusal } from "../outcome.ts";
import type { AssertionOutcome, StsPorts, TokenOutcome } from "../ports.ts";
import { JWT_BEARER, type NamedCaller, nameCaller, verifyAssertion } from "./named-caller.ts";
import { GRANTS, type TokenRequest } from "./parse-request.ts";

/** What was verified beside the possession proof. */
export interface Beside {
  readonly named: NamedCaller;
  readonly assertion: AssertionOutcome;
  readonly subjectToken: TokenOutcome | undefined;
}

/**
 * Verifies client assertion and subject token while the possession proof is verified, so that a request waits once and
 * not three times, and more requests share a commit.
 * INVARIANT: none of it counts before the proof does. The steps look at it in their own order, and take single uses there.
 * Only for the key of an instance of ours: whoever is not enrolled has one signature verified, and no more.
 * @returns undefined where there is nothing to be verified early; the steps then do it, or refuse
 */
export async function verifyBeside(
  { grant, params }: TokenRequest,
  dpop: string,
  ports: StsPorts,
): Promise<Beside | undefined> {
  const assertion = params.get("client_assertion");
  if (assertion === undefined || params.get("client_assertion_type") !== JWT_BEARER) return undefined;
  const jkt = keyNamedByProof(dpop);
  const named = jkt === undefined ? undefined : nameCaller(assertion, jkt, ports);
  if (named === undefined || isRefusal(named)) return undefined;
  const subject = grant === GRANTS.tokenExchange ? params.get("subject_token") : undefined;
  const [outcome, subjectToken] = await Promise.all([
    verifyAssertion(named, ports),
    subject === undefined ? undefined : ports.tokens.verify(subject),
  ]);
  return { named, assertion: outcome, subjectToken };
}
