import {
  openedMember,
  RELEASE_ROLES,
  type ReadCertificate,
  type ReleasePredicate,
  readCertificate,
} from "@narrowgate/contracts";
import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import type { VerifierKey } from "@narrowgate/tlog";
import type { Evidence } from "../evidence.ts";
import type { ReleaseEntry, ReleaseRecord } from "./release-record.ts";

/** The four signatures as the leaves have them; undefined where one is not disclosed. */
function signaturesOf({ signatures }: ReleaseRecord): readonly JsonObject[] | undefined {
  const found = RELEASE_ROLES.flatMap((role): readonly JsonObject[] => {
    const one = signatures.find((signature) => signature.role === role);
    if (one?.entry.openings.proof === undefined) return [];
    const { salt: _, ...signed } = one.entry.openings.proof;
    return [{ role, person: one.person, ...signed }];
  });
  return found.length === RELEASE_ROLES.length ? found : undefined;
}

/** What the leaves say, member by member; what is not disclosed is left out. */
function expectedOf({ leaf: { body } }: ReleaseEntry, record: ReleaseRecord): JsonObject {
  const { deployment, evaluation, manifest, readiness } = record;
  const open = evaluation?.results.filter(({ verdict }) => verdict === "not_established");
  const signatures = signaturesOf(record);
  return {
    release: body.release,
    deployment: body.deployment,
    readiness: { digest: readiness, entry: body.readiness },
    ...(manifest === undefined ? {} : { agent: manifest.agent.id }),
    ...(deployment === undefined ? {} : { environment: deployment.environment }),
    ...(open === undefined ? {} : { not_established: open.map(({ control }) => control) }),
    ...(signatures === undefined ? {} : { signatures: [...signatures] }),
  };
}

function predicateFault(
  predicate: ReleasePredicate,
  entry: ReleaseEntry,
  record: ReleaseRecord,
): string | undefined {
  const stated: JsonObject = { ...predicate };
  const wrong = Object.entries(expectedOf(entry, record)).find(
    ([name, value]) => canonicalJson(stated[name] ?? null) !== canonicalJson(value),
  );
  if (wrong !== undefined) return `the certificate says another ${wrong[0]} than the leaves`;
  return predicate.profile.digest === entry.leaf.body.profile
    ? undefined
    : "the certificate says another profile than the leaves";
}

async function signatureFault(
  { crypto }: Evidence,
  { keyid, message, signature }: ReadCertificate,
  key: VerifierKey,
): Promise<string | undefined> {
  if (keyid !== key.name) return "the certificate names another key than the log's";
  const isSigned = await crypto.verifyEd25519(key.publicKey, message, signature);
  return isSigned ? undefined : "the certificate is not signed by the log key";
}

/**
 * Checks the certificate in an `activated` leaf: signed by the log key, and exactly what the leaves say.
 * @returns why it does not stand; `undisclosed` where the leaf is not opened; undefined when all holds
 * @throws NarrowgateError `malformed_input`, `malformed_json`
 * @see docs/spec/release.md R-8
 */
export async function certificateFault(
  evidence: Evidence,
  entry: ReleaseEntry,
  record: ReleaseRecord,
  key: VerifierKey,
): Promise<string | undefined> {
  const opened = openedMember(entry.openings.content, "certificate");
  if (opened === undefined) {
    const isOpened = entry.openings.content !== undefined || entry.leaf.sealed?.content === undefined;
    return isOpened ? "an active release has no certificate" : "undisclosed";
  }
  const read = readCertificate(opened);
  return (await signatureFault(evidence, read, key)) ?? predicateFault(read.predicate, entry, record);
}
