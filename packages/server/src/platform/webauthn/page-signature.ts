import type { PublicJwk, ReadStatement, SignedStatement } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import { verifyPasskey } from "./verify-passkey.ts";

/** What a passkey made on a page of ours: the bytes that it signed, and the signature. */
export type PageSignature = Pick<ReadStatement<unknown>, "message" | "signature">;

/**
 * Reads what was signed, and says of whatever it refuses that it was not signed on our page.
 * @param read - one of the readers of contracts, over what a person sent
 * @throws NarrowgateError `approval_invalid` where `read` refuses; its failures stay what they are
 * @see docs/spec/approval.md P-2, P-5; docs/spec/release.md
 */
export function readPageSignature<Statement>(read: () => ReadStatement<Statement>): ReadStatement<Statement> {
  try {
    return read();
  } catch (cause) {
    if (!isNarrowgateError(cause)) throw cause;
    const message = `the signature is not one of this page: ${cause.publicMessage}`;
    throw new NarrowgateError("approval_invalid", message, { cause });
  }
}

/**
 * Holds a signature against the key of an enrolled passkey.
 * Trust: the signature is attacker-controlled; `jwk` is out of our state.
 * @throws NarrowgateError `approval_invalid`
 * @see docs/spec/approval.md P-7
 */
export function checkPageSignature(jwk: PublicJwk, { message, signature }: PageSignature): void {
  if (!verifyPasskey(jwk, message, signature))
    throw new NarrowgateError("approval_invalid", "the signature of the passkey does not verify");
}

/** The authenticator's counter: four bytes behind the digest of the RP id and the flags. Trust: `message` was read. */
export function signCountOf({ message }: Pick<PageSignature, "message">): number {
  return new DataView(message.buffer, message.byteOffset, message.byteLength).getUint32(33);
}

/** What is kept as evidence of what a person sent: the four texts, and nothing else. Trust: `signed` was read. */
export function proofOf(signed: JsonValue): SignedStatement {
  const { statement, client_data, authenticator_data, signature } = Object(signed);
  return { statement, client_data, authenticator_data, signature };
}
