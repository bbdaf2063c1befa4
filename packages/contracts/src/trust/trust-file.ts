import {
  canonicalJson,
  isNarrowgateError,
  type JsonObject,
  NarrowgateError,
  parseStrictJson,
} from "@narrowgate/kernel";
import { digest, integer, jsonObject, listOf, literal, refuseInput, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** A log that is trusted, and the newest head its owner has seen. `size` 0 = none seen yet. */
export type TrustedLog = {
  readonly origin: string;
  readonly key: string;
  readonly size: number;
  readonly root: string;
};

/** Witnesses (verifier keys) of which `threshold` must have cosigned; 0 = unwitnessed. */
export type TrustedWitnesses = { readonly keys: readonly string[]; readonly threshold: number };

/** An issuer whose signature over a mandate is believed. */
export type TrustedTokenIssuer = {
  readonly issuer: string;
  readonly jwks: { readonly keys: readonly JsonObject[] };
};

/** The origin on which approvals are signed, and the RP id of the passkeys (approval.md P-5, P-6). */
export type TrustedApprovals = { readonly origin: string; readonly rp_id: string };

/** What a verifier is given out of band. @see docs/spec/evidence.md section 8 */
export type TrustFile = {
  readonly format: "narrowgate-trust/1";
  readonly logs: readonly TrustedLog[];
  readonly witnesses: TrustedWitnesses;
  readonly issuers: readonly TrustedTokenIssuer[];
  /** Where people sign approvals; absent = no approval is proven. */
  readonly approvals?: TrustedApprovals;
  /** Digests of the decision procedures that are trusted. */
  readonly procedures: readonly string[];
};

const line = text({ min: 1, max: 1024, pattern: /^[\x20-\x7e]+$/ });

const readWitnesses: Reader<TrustedWitnesses> = (value, path) => {
  const witnesses = shape<TrustedWitnesses>({
    keys: listOf(line, { max: 64 }),
    threshold: integer({ max: 64 }),
  })(value, path);
  if (new Set(witnesses.keys).size !== witnesses.keys.length)
    refuseInput(`${path}/keys`, "names a witness twice");
  if (witnesses.threshold > witnesses.keys.length)
    refuseInput(`${path}/threshold`, "is above the number of witnesses");
  return witnesses;
};

const readTrust = shape<TrustFile>({
  format: literal("narrowgate-trust/1"),
  logs: listOf(shape<TrustedLog>({ origin: line, key: line, size: integer(), root: digest }), {
    min: 1,
    max: 1024,
  }),
  witnesses: readWitnesses,
  issuers: listOf(
    shape<TrustedTokenIssuer>({ issuer: line, jwks: shape({ keys: listOf(jsonObject, { max: 64 }) }) }),
    { max: 1024 },
  ),
  approvals: optional(shape<TrustedApprovals>({ origin: line, rp_id: line })),
  procedures: listOf<string>(digest, { max: 1024 }),
});

/**
 * Reads a trust file. It is the reader's own, so a mistake in it is refused rather than worked around.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/evidence.md E-24
 */
export function parseTrustFile(value: unknown): TrustFile {
  const trust = readTrust(value, "");
  const origins = trust.logs.map((log) => log.origin);
  if (new Set(origins).size !== origins.length) refuseInput("/logs", "names an origin twice");
  return trust;
}

/**
 * Reads a trust file from its bytes.
 * @param name - what the reader called it by; the refusal begins with it
 * @throws NarrowgateError `malformed_json` or `malformed_input`
 */
export function parseTrustFileBytes(bytes: Uint8Array, name = "this"): TrustFile {
  try {
    return parseTrustFile(parseStrictJson(bytes, { maxBytes: 1_048_576, maxDepth: 16 }));
  } catch (cause) {
    if (!isNarrowgateError(cause)) throw cause;
    const wanted = "the file that `log trust` wrote is wanted";
    const message = `${name} is no trust file: ${wanted} (${cause.publicMessage})`;
    throw new NarrowgateError(cause.code, message, { cause });
  }
}

/** Writes a trust file for a person to keep: canonical JSON and one newline. */
export function formatTrustFile(trust: TrustFile): string {
  return `${canonicalJson(trust)}\n`;
}
