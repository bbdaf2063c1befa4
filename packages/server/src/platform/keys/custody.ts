import type { KeyObject } from "node:crypto";
import type { JsonObject } from "@narrowgate/kernel";

/** Signs checkpoints and anchors. One per log, for its whole life. */
export interface LogKey {
  /** JWK thumbprint (RFC 7638). */
  readonly kid: string;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Signs access tokens (ES256). */
export interface TokenKey {
  readonly kid: string;
  /** Public JWK with `kid`, `alg` and `use`. */
  readonly jwk: JsonObject;
  readonly publicKey: KeyObject;
  /** Unix ms at which another key took over; null before. */
  readonly supersededAtMs: number | null;
  /** ES256 signature in the 64-byte JOSE form. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/**
 * Wraps the keys of sealed parts. Synchronous because `record` is: a custodian far away (HSM, KMS) unwraps this one key at
 * start and keeps it in memory, as the file custodian does.
 */
export interface KeyEncryptionKey {
  readonly kid: string;
  /** Encrypts a 32-byte key; `context` is authenticated and must be given again to unwrap. */
  wrap(key: Uint8Array, context: string): Uint8Array;
  /** @throws `verification_failed` when it was not wrapped by this key for this context */
  unwrap(wrapped: Uint8Array, context: string): Uint8Array;
}

/** Who holds the instance's own long-lived keys. No private key leaves it. */
export interface KeyCustody {
  readonly log: LogKey;
  readonly keyEncryption: KeyEncryptionKey;
  /** The token key that signs. */
  signingTokenKey(): TokenKey;
  /** All token keys that verify: the signing one, one added and not yet active, and those still in their overlap. */
  tokenKeys(): readonly TokenKey[];
  /**
   * Makes a token key that is published and verifies, but does not sign yet.
   * ORDER: add, record its `key` leaf, wait until that is durable, then activate.
   */
  addTokenKey(): Promise<TokenKey>;
  /** Lets an added key sign from now on. @throws `not_found` when there is no such key */
  activateTokenKey(kid: string, nowMs: number): Promise<void>;
  /** Drops token keys superseded for at least `overlapMs`. @returns the kids dropped; record their `key` leaves */
  retireTokenKeys(nowMs: number, overlapMs: number): Promise<readonly string[]>;
}
