/** A request whose signature was verified. */
export interface SignedRequest {
  /** Ref of the operator. */
  readonly operator: string;
  /** The exact compact JWS. */
  readonly jws: string;
}

/** What a request was, as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path with its query, as sent. */
  readonly path: string;
  readonly body: Uint8Array;
}
