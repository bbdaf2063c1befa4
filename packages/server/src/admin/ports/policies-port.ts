import type { JsonValue } from "@narrowgate/kernel";
import type { Refused } from "./registry-port.ts";
import type { SignedRequest } from "./signed-request.ts";

/** What the admin API reads of policies that are or were in force, and of what was decided. */
export interface PoliciesPort {
  /** Versions in the order in which they came into force: digests, times, who put them there and why. */
  versions(): Promise<JsonValue>;
  /**
   * One version with its files, as the log holds them; the reading is recorded first.
   * @param version - one-based; 0 for the newest
   * @throws `not_found`
   */
  version(version: number, reader: SignedRequest): Promise<JsonValue>;
  /** The candidate beside the policies in force, and what it said of live traffic. */
  shadow(): JsonValue;
  /** Puts a candidate there; @returns why not, when it does not compile under the schema in force */
  putShadow(files: readonly { readonly name: string; readonly text: string }[]): Refused | undefined;
  endShadow(): void;
  /**
   * Recorded decisions with their inputs, oldest first; the reading is recorded first.
   * @param page - `from` is a `next` of an earlier answer
   */
  decisions(
    page: { readonly from?: number; readonly sinceMs: number },
    reader: SignedRequest,
  ): Promise<JsonValue>;
}
