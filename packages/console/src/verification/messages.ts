import type { BundleView } from "../view/bundle-view.ts";

/** What the worker is asked. */
export interface VerificationOrder {
  readonly id: number;
  readonly bundle: Uint8Array<ArrayBuffer>;
  /** Bytes of a trust file; without one the best verdict is *self-consistent*. */
  readonly trust: Uint8Array<ArrayBuffer> | undefined;
}

/** Which code came to the verdict. */
export interface EngineFacts {
  readonly cedarVersion: string;
  /** Digest of the WebAssembly bytes that ran. */
  readonly wasmDigest: string;
  readonly procedureDigest: string;
}

/** A bundle, verified in this browser. */
export interface Verification {
  readonly view: BundleView;
  readonly engine: EngineFacts;
  /** SHA-256 of the file, base64url. */
  readonly fileDigest: string;
  readonly fileBytes: number;
  readonly elapsedMs: number;
}

/** What the worker says: a verification, whatever its verdict, or why there is none. */
export type VerificationAnswer =
  | { readonly id: number; readonly kind: "verified"; readonly verification: Verification }
  | { readonly id: number; readonly kind: "refused"; readonly message: string };
