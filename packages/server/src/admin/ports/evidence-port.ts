import type { JsonValue } from "@narrowgate/kernel";
import type { SignedRequest } from "./signed-request.ts";

/**
 * What the admin API reads of the evidence.
 * Guarantee asked of it: what names a reader is a reading; its `read` leaf, with the reader's request, is durable before
 * the promise resolves (evidence E-2).
 */
export interface EvidencePort {
  /**
   * Newest first: ids and times, and where to go on.
   * @param page - `after` is a `next` of an earlier answer
   * @param reader - gets purposes as well, which are sealed
   */
  transactions(
    page: { readonly after?: string; readonly limit: number },
    reader?: SignedRequest,
  ): Promise<JsonValue>;
  /** The story of a transaction with its openings. @throws `not_found`, `evidence_unavailable` */
  transaction(id: string, reader: SignedRequest): Promise<JsonValue>;
  /** The proof bundle, byte for byte. @throws `not_found`, `evidence_unavailable` */
  bundle(id: string, reader: SignedRequest): Promise<Uint8Array>;
  /** The newest signed note. @throws `not_found` when nothing was published yet */
  checkpoint(): Promise<string>;
  /** One entry bundle of C2SP tlog-tiles. @throws `not_found`, `evidence_unavailable` */
  entries(at: { readonly index: number; readonly width: number }, reader: SignedRequest): Promise<Uint8Array>;
  /** Ranges over which no acceptance of the agent is recorded. @param agent - ref */
  quietRanges(agent: string): Promise<JsonValue>;
}
