import { compactVerify, errors, importJWK } from "jose";
import type { SignatureAlgorithm, VerificationKey } from "../keys/key-set.ts";

type Imported = Awaited<ReturnType<typeof importJWK>>;
const imported = new WeakMap<VerificationKey, Map<SignatureAlgorithm, Promise<Imported>>>();

function importKey(key: VerificationKey, alg: SignatureAlgorithm): Promise<Imported> {
  const known = imported.get(key) ?? new Map<SignatureAlgorithm, Promise<Imported>>();
  imported.set(key, known);
  const { kty } = key.jwk;
  // Labels are left out: they were checked when the key was selected.
  const bare = kty === "RSA" ? { kty, n: key.jwk.n, e: key.jwk.e } : barePoint(key);
  const importing = known.get(alg) ?? importJWK(bare, alg);
  known.set(alg, importing);
  return importing;
}

function barePoint({ jwk }: VerificationKey): { kty: string; crv?: string; x?: string; y?: string } {
  if (jwk.kty === "EC") return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
  return jwk.kty === "OKP" ? { kty: jwk.kty, crv: jwk.crv, x: jwk.x } : { kty: jwk.kty };
}

/**
 * Does the signature of a compact JWS verify under this key, with this algorithm and no other?
 * Trust: `jws` is attacker-controlled; `alg` was matched against the key before.
 */
export async function verifySignature(
  jws: string,
  key: VerificationKey,
  alg: SignatureAlgorithm,
): Promise<boolean> {
  try {
    await compactVerify(jws, await importKey(key, alg), { algorithms: [alg] });
    return true;
  } catch (error) {
    // A point off its curve shows as a DOMException of the platform's crypto.
    if (error instanceof errors.JOSEError || error instanceof DOMException || error instanceof TypeError)
      return false;
    throw error;
  }
}
