import { toBase64url, utf8 } from "@narrowgate/kernel";
import { type Refusal, refuse } from "../outcome.ts";
import type { StsPorts } from "../ports.ts";
import type { Committed, Minted } from "../stages.ts";

/**
 * Signs what is on record.
 * @returns `overloaded` when the signing key changed between record and signature: the digest on record names the old one
 */
export async function signToken(stage: Committed, ports: StsPorts): Promise<Minted | Refusal> {
  const signer = ports.signer();
  if (signer.kid !== stage.kid) return refuse("overloaded", "the signing key is being rotated; ask again");
  const signature = await signer.sign(utf8(stage.signingInput));
  return { accessToken: `${stage.signingInput}.${toBase64url(signature)}`, claims: stage.claims };
}
