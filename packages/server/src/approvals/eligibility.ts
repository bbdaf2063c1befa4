import { plainName } from "@narrowgate/contracts";
import type { Signer, Signers } from "./ports.ts";

/**
 * Whether somebody may not answer a request because it is her own: by her name, by any account that is or was hers, or because a
 * barred account is linked to her.
 * @param barred - subject, owner, deputy, and the agents of the chain
 */
export function isBarred(signer: Signer, barred: readonly string[], signers: Signers): boolean {
  const own = new Set([signer.ref, signer.name, ...signer.identities, ...signer.former].map(plainName));
  return barred.some(
    (name) =>
      own.has(plainName(name)) ||
      // Who consented on the gate's own page is the subject by her ref there.
      name.endsWith(`#${signer.ref}`) ||
      signers.byIdentity(name)?.ref === signer.ref,
  );
}
