import { plainName } from "@narrowgate/contracts";
import type { Signer, Signers } from "./ports.ts";
import type { Proposal } from "./proposal.ts";

/**
 * Whether somebody may not sign: the author, the owner or the deputy, by her name, by any account that is or was hers, or
 * because a barred account is linked to her.
 */
export function isBarred(
  signer: Signer,
  { author, deployment }: Pick<Proposal, "author" | "deployment">,
  signers: Signers,
): boolean {
  const own = new Set([signer.ref, signer.name, ...signer.identities, ...signer.former].map(plainName));
  return [author.name, deployment.owner, deployment.deputy].some(
    (name) => own.has(plainName(name)) || signers.byIdentity(name)?.ref === signer.ref,
  );
}

/** Roles whose signature would not count now: its person is gone, lost the role, or became owner or deputy. */
export function lapsedRoles(proposal: Proposal, signers: Signers): readonly string[] {
  return proposal.given.flatMap(({ person, role }) => {
    const signer = signers.person(person);
    const stands = signer?.roles.includes(role) === true && !isBarred(signer, proposal, signers);
    return stands ? [] : [role];
  });
}
