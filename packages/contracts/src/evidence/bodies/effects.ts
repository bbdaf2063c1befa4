import { digest, id, id16, integer, oneOf, refuseInput } from "../../reading/readers.ts";
import { optional, type Reader, shape } from "../../reading/shape.ts";
import type { EpochPair } from "../../token/claims.ts";
import { readEpochs } from "../../token/epochs.ts";

/** A token is about to be signed. A root has no parent; every other mode has one. */
export type TokenBody = {
  /** Leaf id of the decision that permits it. */
  readonly decision: string;
  /** H(jti). */
  readonly token: string;
  /** H(JWS signing input). */
  readonly digest: string;
  readonly parent?: string;
  readonly mode: "root" | "continuation" | "rebind";
  readonly jkt: string;
  /** Unix seconds. */
  readonly expires_s: number;
  readonly epochs: readonly EpochPair[];
};

/** Bytes are about to leave for a server. */
export type DispatchBody = {
  readonly decision: string;
  readonly server: string;
  /** H(salt || bytes). */
  readonly digest: string;
};

/** How a dispatch ended. `held_ms` is how long the answer was held back. */
export type OutcomeBody = {
  readonly decision: string;
  readonly status: "ok" | "tool_error" | "upstream_error" | "timeout" | "cancelled";
  readonly digest?: string;
  readonly held_ms: number;
  /** Rows of the result, where the registration says how to count them. */
  readonly rows?: number;
};

/** An effect whose outcome was never recorded, found at a later boot. */
export type UnknownBody = { readonly decision: string; readonly boot: string };

const tokenShape = shape<TokenBody>({
  decision: id16,
  token: digest,
  digest,
  parent: optional(digest),
  mode: oneOf(["root", "continuation", "rebind"]),
  jkt: digest,
  expires_s: integer(),
  epochs: readEpochs,
});

export const readToken: Reader<TokenBody> = (value, path) => {
  const body = tokenShape(value, path);
  if ((body.mode === "root") !== (body.parent === undefined)) {
    refuseInput(`${path}/parent`, "stands exactly in a token that is not a root");
  }
  return body;
};

export const readDispatch: Reader<DispatchBody> = shape<DispatchBody>({ decision: id16, server: id, digest });

export const readOutcome: Reader<OutcomeBody> = shape<OutcomeBody>({
  decision: id16,
  status: oneOf(["ok", "tool_error", "upstream_error", "timeout", "cancelled"]),
  digest: optional(digest),
  held_ms: integer(),
  rows: optional(integer()),
});

export const readUnknown: Reader<UnknownBody> = shape<UnknownBody>({ decision: id16, boot: id16 });
