import type { JsonObject } from "@narrowgate/kernel";

/** How the subject came into the mandate. @see docs/spec/evidence.md section 4 (`mandate`) */
export const SUBJECT_BASES = ["signed_by_subject", "asserted_by_agent", "operator"] as const;

/** One of {@link SUBJECT_BASES}. */
export type SubjectBasis = (typeof SUBJECT_BASES)[number];

/** How well the presenter's key is tied to a workload. */
export const ASSURANCES = ["attested", "enrolled", "same-user key"] as const;

/** One of {@link ASSURANCES}. */
export type Assurance = (typeof ASSURANCES)[number];

/** RFC 8693 section 4.1 actor, outermost first. Parsed strictly by the authority package. */
export type ActorClaim = {
  readonly iss: string;
  readonly sub: string;
  readonly sub_profile?: string;
  readonly act?: ActorClaim;
};

/** (`kind:ref`, epoch at mint). @see docs/spec/evidence.md E-15 */
export type EpochPair = readonly [string, number];

/** Claims of an access token. @see docs/spec/token.md */
export type AccessTokenClaims = {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly sub_profile: "user" | "ai_agent";
  readonly client_id: string;
  readonly scope: string;
  readonly exp: number;
  readonly iat: number;
  readonly nbf?: number;
  readonly jti: string;
  readonly txn: string;
  readonly act?: ActorClaim;
  readonly cnf: { readonly jkt: string };
  readonly authorization_details: readonly JsonObject[];
  readonly ng: {
    readonly v: 1;
    readonly mandate: string;
    /** Ref of the agent instance whose key this is. */
    readonly instance: string;
    readonly basis: SubjectBasis;
    readonly assurance: Assurance;
    readonly env: "dev" | "staging" | "prod";
    readonly parent?: { readonly jti: string; readonly hash: string };
    readonly epochs: readonly EpochPair[];
    /** The `resource` set of the token's authority, sorted; `aud` stands in it. */
    readonly reach: readonly string[];
    /** Digest of the intent its mandate declares, when it declares one. */
    readonly intent?: string;
    /** Deployment digest of the signed release it was minted for; in production always there. */
    readonly release?: string;
  };
};
