import type { Evaluations } from "../assurance/evaluate/index.ts";
import type { Releases } from "../assurance/releases/index.ts";
import type { People } from "../people/index.ts";
import type { Retention } from "../retention/index.ts";
import { openEvaluationsOn, profileOf } from "./open-evaluations.ts";
import type { Foundation } from "./open-foundation.ts";
import { openReleasesOn, type ReleaseRooms } from "./open-releases.ts";
import { signersOf } from "./people-ports.ts";
import { standingOf } from "./release-standing.ts";
import { verifyTested } from "./verify-tested.ts";

/** Controls over this log, and the releases that rest on them. */
export async function openAssuranceOn(
  base: Foundation,
  rooms: Pick<ReleaseRooms, "registry" | "operators" | "sts"> & {
    readonly people: People;
    readonly retention: Pick<Retention, "holds">;
  },
): Promise<{ readonly evaluations: Evaluations; readonly releases: Releases }> {
  const { people } = rooms;
  const standing = standingOf(base, rooms);
  const evaluations = await openEvaluationsOn(base, {
    ...rooms,
    people,
    standing,
    // Asked at an evaluation, which nothing does before releases are open.
    isStanding: (agent) => releases.isStanding(agent),
  });
  const releases: Releases = await openReleasesOn(base, {
    ...rooms,
    signers: signersOf(people, base.config.baseUrl),
    gate: {
      profile: profileOf(base),
      standing,
      evaluate: (agent, stated) => evaluations.evaluate(agent, stated),
      judge: (agent, stated, tested) =>
        evaluations.judge(agent, stated, tested === undefined ? {} : { tested }),
      verifyTested: (pack) => verifyTested(base.config, pack),
      recordTested: (agent, tested, request) => evaluations.recordTested(agent, tested, request),
    },
  });
  return { evaluations, releases };
}
