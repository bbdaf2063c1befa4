import type { EcPublicJwk, OperatorJws } from "@narrowgate/contracts";
import { utf8 } from "@narrowgate/kernel";
import { importEs256Jwk, verifyEs256 } from "../platform/jose/index.ts";

/** Whether the signature is the key's. */
export async function isSignedBy(jws: OperatorJws, jwk: EcPublicJwk): Promise<boolean> {
  const key = importEs256Jwk({ ...jwk });
  return key !== undefined && (await verifyEs256(key, utf8(jws.signingInput), jws.signature));
}
