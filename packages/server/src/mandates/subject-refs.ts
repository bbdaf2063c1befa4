import { randomBytes } from "node:crypto";
import type { StateChange, StateReader } from "@narrowgate/contracts";
import { readString } from "@narrowgate/kernel";

/** Room of the state table that holds the refs of people, by name. */
export const SUBJECT_REF_ROOM = "subject-ref";
/** Subjects in memory: more than can be in the making at once; the others are read again. */
const MAX_REMEMBERED = 10_000;

/** A person's ref in evidence: random, given once, never reissued. @see docs/spec/evidence.md E-5 */
export interface SubjectRefs {
  /** The ref of a subject, and the change that remembers it: written each time, for the first try may not be recorded. */
  refOf(subject: string): Promise<{ readonly ref: string; readonly changes: readonly StateChange[] }>;
}

/** @param state - where refs given earlier are found */
export function createSubjectRefs(state: StateReader): SubjectRefs {
  const given = new Map<string, string>();
  const remember = (subject: string, ref: string): ReturnType<SubjectRefs["refOf"]> => {
    given.set(subject, ref);
    const [oldest] = given.keys();
    if (given.size > MAX_REMEMBERED && oldest !== undefined) given.delete(oldest);
    return Promise.resolve({ ref, changes: [{ room: SUBJECT_REF_ROOM, key: subject, value: ref }] });
  };
  return {
    async refOf(subject) {
      // Two calls at once for a new subject must not give two refs: the map is filled before any other turn.
      const stored = given.has(subject) ? null : await state.get(SUBJECT_REF_ROOM, subject);
      const known =
        given.get(subject) ?? (stored === null ? undefined : readString(stored, "/ref", { min: 1, max: 64 }));
      return remember(subject, known ?? randomBytes(16).toString("base64url"));
    },
  };
}
