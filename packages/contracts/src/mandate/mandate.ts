import type { JsonObject } from "@narrowgate/kernel";
import type { SubjectBasis } from "../token/claims.ts";

/**
 * What a task needs: a case, tools, resources; at least one of them. Where it names tools no other is reached, and so with
 * resources. @see docs/spec/evidence.md E-33
 */
export type MandateIntent = {
  /** Ticket or case id. */
  readonly case?: string;
  /** `<server>/<tool>`, sorted. */
  readonly tools?: readonly string[];
  /** URI prefixes, sorted. */
  readonly resources?: readonly string[];
};

/** What a subject hands to an agent for one task. Its digest is the `nonce` the subject signs. */
export type MandateDocument = {
  readonly v: 1;
  /** 16 random bytes, base64url: keeps the digest hiding. */
  readonly salt: string;
  /** Agent id that receives it. */
  readonly agent: string;
  /** `<issuer>#<sub>` of the person, or `agent:<id>` for an autonomous agent. */
  readonly subject: string;
  readonly purpose: string;
  /** What the task needs, as its subject declares it. */
  readonly intent?: MandateIntent;
  /** Wire form of an authority. */
  readonly authority: JsonObject;
  /** Unix seconds. */
  readonly expires: number;
  /** Seconds without use after which it lapses. */
  readonly idleSeconds: number;
};

/** An open (or ended) mandate as other rooms see it. */
export interface MandateRecord {
  readonly id: string;
  readonly txn: string;
  /** Id of the mandate leaf. */
  readonly entry: string;
  readonly document: MandateDocument;
  /** Digest of the canonical document. */
  readonly digest: string;
  readonly subjectRef: string;
  readonly basis: SubjectBasis;
  readonly state: "open" | "closed" | "expired";
  readonly openedAtMs: number;
  /** Groups of the subject, sorted, as its issuer stated them; absent = none were stated. */
  readonly groups?: readonly string[];
}

/** What the token service and the gate ask of the mandates room. */
export interface MandateReader {
  mandate(id: string): MandateRecord | undefined;
  /** Open, not expired, not idle too long, nothing revoked since that it rests on; else the catalogue code that says why. Marks use. */
  checkOpen(
    id: string,
    nowMs: number,
  ):
    | { readonly kind: "open"; readonly mandate: MandateRecord }
    | {
        readonly kind: "refused";
        readonly code:
          | "not_entitled"
          | "mandate_closed"
          | "mandate_expired"
          | "mandate_idle"
          | "mandate_unknown"
          | "revoked";
      };
}
