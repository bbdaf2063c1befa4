import { digest, flag, id16, integer, oneOf, text } from "../../reading/readers.ts";
import { optional, type Reader, shape } from "../../reading/shape.ts";
import { type PublicJwk, readPublicJwk } from "../../token/public-jwk.ts";

/** The environments; each is an instance of its own. */
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;

/** One of {@link ENVIRONMENTS}. */
export type Environment = (typeof ENVIRONMENTS)[number];

/** First leaf of a log. @see docs/spec/evidence.md section 4 */
export type GenesisBody = {
  /** H of the origin. */
  readonly origin_digest: string;
  readonly environment: Environment;
  /** H of the verifier key text. */
  readonly log_key: string;
  /** Head of the log this one continues, after `recover`. */
  readonly previous?: { readonly size: number; readonly root: string; readonly origin_digest: string };
};

/** A writer started. */
export type BootBody = {
  readonly boot: string;
  /** Head found at start. */
  readonly size: number;
  readonly root: string;
  readonly anchor: "equal" | "behind";
  readonly procedure: string;
  readonly feed: number;
  readonly clean: boolean;
};

/** A key of ours came into use or went out of it. `not_after` in Unix milliseconds. */
export type KeyBody = {
  readonly action: "added" | "retired";
  readonly purpose: "token" | "log" | "seal";
  readonly kid: string;
  readonly jwk?: PublicJwk;
  readonly not_after?: number;
};

export const readGenesis: Reader<GenesisBody> = shape<GenesisBody>({
  origin_digest: digest,
  environment: oneOf(ENVIRONMENTS),
  log_key: digest,
  previous: optional(shape({ size: integer(), root: digest, origin_digest: digest })),
});

export const readBoot: Reader<BootBody> = shape<BootBody>({
  boot: id16,
  size: integer(),
  root: digest,
  anchor: oneOf(["equal", "behind"]),
  procedure: digest,
  feed: integer(),
  clean: flag,
});

export const readKey: Reader<KeyBody> = shape<KeyBody>({
  action: oneOf(["added", "retired"]),
  purpose: oneOf(["token", "log", "seal"]),
  kid: text({ min: 1, max: 128, pattern: /^[A-Za-z0-9._-]+$/ }),
  jwk: optional(readPublicJwk),
  not_after: optional(integer()),
});
