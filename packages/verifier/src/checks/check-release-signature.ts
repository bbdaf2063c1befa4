import {
  openedMember,
  parsePublicJwk,
  plainName,
  type ReadStatement,
  type ReleaseBody,
  type ReleaseStatement,
  readSignedRelease,
} from "@narrowgate/contracts";
import { absentPart, type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { type People, verifyPasskey } from "./people.ts";
import { isOfSame, type ReleaseEntry, type ReleaseRecord } from "./release-record.ts";

/** What a signature is checked with. */
export interface SignatureCheck {
  readonly evidence: Evidence;
  readonly findings: Findings;
  readonly people: People;
}

/** Who answered, with which passkey and in which role. */
export type Answer = { readonly person: string; readonly credential: string; readonly role: string };

const kinds = { signed: "sign_release", refused: "refuse_release" } as const;

function authorNames(evidence: Evidence, { proposed }: ReleaseRecord): readonly string[] {
  const ref = proposed.leaf.body.operator ?? "";
  const enrolled = entriesOf(evidence, "operator").find(
    ({ leaf }) => leaf.body.operator === ref && leaf.body.action === "enrolled",
  );
  const name = openedMember(enrolled?.openings.content, "name");
  return typeof name === "string" ? [ref, name] : [ref];
}

/** Neither the author, nor who answers for the agent. */
function isBarred({ evidence, people }: SignatureCheck, record: ReleaseRecord, answer: Answer): boolean {
  const { owner, deputy } = record.deployment ?? {};
  const end = Number.POSITIVE_INFINITY;
  const own = new Set([answer.person, ...people.names(answer.person, end)].map(plainName));
  const barred = [...authorNames(evidence, record), owner, deputy];
  return barred.some((name) => name !== undefined && own.has(plainName(name)));
}

/** Why somebody may not answer for this proposal now. */
export function standingFault(
  check: SignatureCheck,
  entry: ReleaseEntry,
  record: ReleaseRecord,
  answer: Answer,
): string | undefined {
  const { body, at } = entry.leaf;
  if (!isOfSame(body, record.proposed.leaf.body)) return "it is for another release than was proposed";
  if (record.ended) return "the proposal had ended";
  if (at >= (record.proposed.leaf.body.not_after ?? 0)) return "it was signed after its end";
  if (record.signatures.some(({ role }) => role === answer.role)) return "the role had signed before";
  return personFault(check, entry, record, answer);
}

/** Why this person may not answer, whichever roles have signed: not twice, not without the role, not for herself. */
export function personFault(
  check: SignatureCheck,
  entry: ReleaseEntry,
  record: ReleaseRecord,
  answer: Answer,
): string | undefined {
  if (record.signatures.some(({ person }) => person === answer.person)) return "one person answered twice";
  if (!check.people.roles(answer.person, entry.index).includes(answer.role))
    return "the person did not have that role";
  if (isBarred(check, record, answer))
    return "the author, the owner or the deputy signed; another person has to";
  return entry.leaf.sealed?.proof === undefined ? "nothing that was signed is kept" : undefined;
}

/** Members of the statement that follow from the leaves. */
function expectedOf(
  { leaf: { body } }: ReleaseEntry,
  { proposed, readiness, diff }: ReleaseRecord,
): Partial<ReleaseStatement> {
  return {
    kind: body.action === "refused" ? kinds.refused : kinds.signed,
    ...commonOf(body),
    readiness,
    ...(body.role === undefined ? {} : { role: body.role }),
    ...(proposed.leaf.body.not_after === undefined ? {} : { not_after: proposed.leaf.body.not_after }),
    ...(diff === undefined ? {} : { diff }),
  };
}

function commonOf({ proposal, release, deployment, profile }: ReleaseBody): Partial<ReleaseStatement> {
  return { id: proposal, release, deployment, profile };
}

/** How the bytes of a ceremony are read. @throws NarrowgateError `malformed_input`, `malformed_json` */
export type ReadCeremony = (
  sha256: Evidence["crypto"]["sha256"],
  signed: unknown,
  place: { readonly origin: string; readonly rpId: string },
) => ReadStatement<object>;

function readCeremony(
  evidence: Evidence,
  { openings }: ReleaseEntry,
  read: ReadCeremony,
): ReadStatement<object> | undefined {
  const place = evidence.trust?.approvals;
  if (place === undefined || openings.proof === undefined) return undefined;
  const { salt: _, ...signed } = openings.proof;
  return read(evidence.crypto.sha256, signed, { origin: place.origin, rpId: place.rp_id });
}

function claimed({ evidence, findings }: SignatureCheck, entry: Entry): void {
  findings.mark(entry.leaf.id, { status: absentPart(evidence, entry, ["proof"]) ?? "claimed" });
  findings.remark(entry.leaf.id, "(the signature could not be checked)");
  if (evidence.trust !== undefined && evidence.trust.approvals === undefined)
    findings.note("the trust file names no approval origin, so signatures under a release are claimed");
}

/**
 * Checks that the passkey of the person whom a leaf names signed a statement of exactly what is expected.
 * @param expected - members that the statement must have with these values
 * @returns why it does not stand; undefined when it does, or when it cannot be told, which is marked
 * @throws NarrowgateError `malformed_input`, `malformed_json` for what is no ceremony of the trust file's origin
 */
export async function ceremonyFault(
  check: SignatureCheck,
  entry: ReleaseEntry,
  answer: Answer,
  { read: reads, expected }: { readonly read: ReadCeremony; readonly expected: object },
): Promise<string | undefined> {
  const { evidence, findings, people } = check;
  const passkey = people.passkey(answer.credential, answer.person, entry.index);
  if (passkey === undefined) return "its passkey was not enrolled for that person, or no longer";
  const read = readCeremony(evidence, entry, reads);
  const jwk = openedMember(passkey.openings.content, "jwk");
  if (read === undefined || jwk === undefined) {
    claimed(check, entry);
    return undefined;
  }
  const { statement } = read;
  const wrong = Object.entries(expected).find(([name, value]) => Reflect.get(statement, name) !== value);
  if (wrong !== undefined) return `what was signed has another ${wrong[0]}`;
  if (!(await verifyPasskey(evidence, parsePublicJwk(jwk), read)))
    return "the signature of the passkey does not verify";
  const [name = answer.person] = people.names(answer.person, entry.index);
  findings.mark(entry.leaf.id, { status: "signed", by: `passkey of ${name}` });
  if (passkey.leaf.body.authenticator === "virtual")
    findings.remark(entry.leaf.id, "(virtual authenticator)");
  return undefined;
}

/**
 * Checks the answer of one of the four: who may give it, and that her passkey signed a statement of exactly this.
 * @returns why it does not stand; undefined when it does, or when it cannot be told, which is marked
 * @throws NarrowgateError `malformed_input`, `malformed_json` for what is no ceremony of the trust file's origin
 * @see docs/spec/release.md
 */
export async function releaseSignatureFault(
  check: SignatureCheck,
  entry: ReleaseEntry,
  record: ReleaseRecord,
  answer: Answer,
): Promise<string | undefined> {
  const standing = standingFault(check, entry, record, answer);
  if (standing !== undefined) return standing;
  return ceremonyFault(check, entry, answer, {
    read: readSignedRelease,
    expected: expectedOf(entry, record),
  });
}
