import type { Committed, Minted } from "../stages.ts";

/** Signs what is on record, with the key whose `kid` stands in it: another may have taken over since. */
export async function signToken({ signer, signingInput, claims }: Committed): Promise<Minted> {
  const signature = await signer.sign(Buffer.from(signingInput));
  return { accessToken: `${signingInput}.${Buffer.from(signature).toString("base64url")}`, claims };
}
