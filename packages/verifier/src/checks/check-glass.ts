import {
  GLASS_REVIEW_ROLES,
  GLASS_ROLE,
  GLASS_SIGNERS,
  MAX_GLASS_S,
  openedMember,
  readSignedGlass,
  readSignedReview,
} from "@narrowgate/contracts";
import {
  type Answer,
  ceremonyFault,
  personFault,
  type SignatureCheck,
  standingFault,
} from "./check-release-signature.ts";
import { isOfSame, type ReleaseEntry, type ReleaseRecord } from "./release-record.ts";

/** How long two people have to sign, in milliseconds. */
const SIGNING_MS = 3_600_000;

/** Why a leaf cannot stand, and the rule that says so. */
export interface GlassFault {
  readonly rule: string;
  readonly fault: string;
}

/** Seconds that were asked for; undefined where that is not disclosed. */
function secondsOf({ proposed }: ReleaseRecord): number | undefined {
  const seconds = openedMember(proposed.openings.content, "seconds");
  return typeof seconds === "number" ? seconds : undefined;
}

/** Why what was asked cannot stand; undefined too for what is no break-glass. @see docs/spec/release.md R-22 */
export function askedFault({ leaf: { at, body }, openings }: ReleaseEntry): string | undefined {
  if (body.action !== "glass_asked") return undefined;
  if ((body.not_after ?? 0) > at + SIGNING_MS) return "two people have longer to sign it than an hour";
  if (openings.content === undefined) return undefined;
  const seconds = openedMember(openings.content, "seconds");
  const isInTime =
    typeof seconds === "number" && Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_GLASS_S;
  return isInTime ? undefined : "it was asked for longer than four hours";
}

function answerOf({ leaf: { body } }: ReleaseEntry): Answer | undefined {
  const { person, credential, role } = body;
  // That all three stand in the leaf is its form.
  return person === undefined || credential === undefined || role === undefined
    ? undefined
    : { person, credential, role };
}

function expectedOf({ leaf: { body } }: ReleaseEntry, record: ReleaseRecord): object {
  const { proposal: id, release, deployment, profile, role } = body;
  const { diff, proposed, readiness } = record;
  const kind = body.action === "glass_refused" ? "refuse_glass" : "break_glass";
  const seconds = secondsOf(record);
  const { not_after } = proposed.leaf.body;
  const said = { kind, id, release, deployment, profile, role, readiness, not_after };
  return { ...said, ...(diff === undefined ? {} : { diff }), ...(seconds === undefined ? {} : { seconds }) };
}

async function signedFault(
  check: SignatureCheck,
  entry: ReleaseEntry,
  record: ReleaseRecord,
): Promise<string | undefined> {
  const answer = answerOf(entry);
  if (answer === undefined) return undefined;
  if (record.glass !== undefined) return "it was opened before";
  const fault =
    standingFault(check, entry, record, answer) ??
    (await ceremonyFault(check, entry, answer, {
      read: readSignedGlass,
      expected: expectedOf(entry, record),
    }));
  if (fault !== undefined) return fault;
  if (entry.leaf.body.action === "glass_refused") record.ended = true;
  else record.signatures.push({ entry, role: answer.role, person: answer.person });
  return undefined;
}

/** Two people, one of them for security, each still in her role; for no longer than was asked for. */
function openedFault(
  { people }: SignatureCheck,
  { index, leaf: { at, body } }: ReleaseEntry,
  record: ReleaseRecord,
): string | undefined {
  if (record.ended || record.glass !== undefined) return "it was refused, or opened before";
  const held = record.signatures.filter(
    ({ person, role }) => people.roles(person, index).includes(role) && !people.isRemoved(person, index),
  );
  if (held.length < GLASS_SIGNERS || !held.some(({ role }) => role === GLASS_ROLE))
    return "it was not signed by two people who may, one of them for security";
  const { until = 0 } = body;
  const longest = Math.min(secondsOf(record) ?? MAX_GLASS_S, MAX_GLASS_S) * 1000;
  if (until <= at || until > at + longest) return "it lasts longer than was signed for";
  if (at >= (record.proposed.leaf.body.not_after ?? 0)) return "it was opened after its end";
  record.glass = { until };
  return undefined;
}

/** Open, or still asked for; once. */
function endedFault({ index, leaf: { at } }: ReleaseEntry, record: ReleaseRecord): string | undefined {
  if (record.ended || record.glass?.ended !== undefined) return "it was refused, or had ended";
  if (record.glass === undefined) record.ended = true;
  else record.glass.ended = { index, at };
  return undefined;
}

async function reviewFault(
  check: SignatureCheck,
  entry: ReleaseEntry,
  record: ReleaseRecord,
): Promise<string | undefined> {
  const answer = answerOf(entry);
  const { at, body } = entry.leaf;
  if (answer === undefined) return undefined;
  if (record.glass === undefined || (record.glass.ended === undefined && at < record.glass.until))
    return "it was reviewed before it was over";
  if (!GLASS_REVIEW_ROLES.some((role) => role === answer.role)) return "it was reviewed in another role";
  // INVARIANT: who let it through does not review it; another person in her role may.
  const { deployment, proposal: id, role } = body;
  return (
    personFault(check, entry, record, answer) ??
    (await ceremonyFault(check, entry, answer, {
      read: readSignedReview,
      expected: { kind: "review_glass", id, deployment, role },
    }))
  );
}

/**
 * Checks a leaf of a break-glass behind what was asked: who signed it, how long it lasts, and who reviewed it.
 * @returns why it does not stand; undefined when it does, or when that cannot be told, which is marked
 * @throws NarrowgateError `malformed_input`, `malformed_json`
 * @see docs/spec/release.md
 */
export async function glassFault(
  check: SignatureCheck,
  entry: ReleaseEntry,
  record: ReleaseRecord,
): Promise<GlassFault | undefined> {
  const { action } = entry.leaf.body;
  const of = (rule: string, fault: string | undefined): GlassFault | undefined =>
    fault === undefined ? undefined : { rule, fault };
  if (
    !isOfSame(entry.leaf.body, record.proposed.leaf.body) ||
    record.proposed.leaf.body.action !== "glass_asked"
  )
    return { rule: "R-22", fault: "it names another break-glass than was asked for" };
  if (action === "glass_opened") return of("R-23", openedFault(check, entry, record));
  if (action === "glass_reviewed") return of("R-25", await reviewFault(check, entry, record));
  if (action !== "glass_ended") return of("R-23", await signedFault(check, entry, record));
  return of("R-23", endedFault(entry, record));
}
