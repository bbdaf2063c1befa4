import { RELEASE_ROLES, type ReleaseRole } from "../../assurance/deployment.ts";
import { digest, id, id16, integer, oneOf, refuseInput } from "../../reading/readers.ts";
import { optional, type Reader, shape } from "../../reading/shape.ts";

/** What an `assurance` leaf seals. */
export const ASSURANCE_KINDS = ["evaluation", "drill", "waiver", "waiver_ended"] as const;

/** A document of assurance was recorded. @see docs/spec/assurance.md section 1 */
export type AssuranceBody = {
  readonly kind: (typeof ASSURANCE_KINDS)[number];
  /** Digest of the document in the content. */
  readonly digest: string;
  /** Digest of the catalogue. */
  readonly catalogue: string;
  /** Of a waiver, who asked for it and who approved it. */
  readonly operator?: string;
  readonly second?: string;
};

/** What happened to a release. */
export const RELEASE_ACTIONS = [
  "proposed",
  "signed",
  "refused",
  "withdrawn",
  "activated",
  "canary",
  "deactivated",
  "glass_asked",
  "glass_signed",
  "glass_refused",
  "glass_opened",
  "glass_ended",
  "glass_reviewed",
] as const;

/** The largest share of mandates a canary may have, in percent. */
export const MAX_CANARY_SHARE = 50;

/** What people do; all else operators do. */
const BY_PEOPLE: ReadonlySet<string> = new Set([
  "signed",
  "refused",
  "glass_signed",
  "glass_refused",
  "glass_reviewed",
]);

/**
 * A release was proposed, signed by one of the four, brought into force or taken out of it; or an agent was let through
 * without one (`glass_`), for which `proposal` is the id of the break-glass.
 */
export type ReleaseBody = {
  readonly action: (typeof RELEASE_ACTIONS)[number];
  readonly proposal: string;
  /** Release digest. */
  readonly release: string;
  /** Deployment digest. */
  readonly deployment: string;
  /** Digest of the gate profile. */
  readonly profile: string;
  /** Leaf id of the evaluation it was proposed on. */
  readonly readiness: string;
  /** Leaf id of the evaluation at promotion; with `canary` and `activated` alone, and not where it was in force before. */
  readonly evaluation?: string;
  /** Percent of the mandates that run under it, 1 to 50; exactly with `canary`. */
  readonly share?: number;
  /** Unix milliseconds; exactly with `glass_opened`: until when tokens are minted for it. */
  readonly until?: number;
  /** Unix milliseconds; exactly with `proposed` and `glass_asked`: until when it may be signed. */
  readonly not_after?: number;
  /** Exactly with what people do: `signed`, `refused`, `glass_signed`, `glass_refused`, `glass_reviewed`. */
  readonly person?: string;
  readonly credential?: string;
  readonly role?: ReleaseRole;
  /** Exactly with all others. */
  readonly operator?: string;
};

export const readAssurance: Reader<AssuranceBody> = shape<AssuranceBody>({
  kind: oneOf(ASSURANCE_KINDS),
  digest,
  catalogue: digest,
  operator: optional(id),
  second: optional(id),
});

const releaseShape = shape<ReleaseBody>({
  action: oneOf(RELEASE_ACTIONS),
  proposal: id,
  release: digest,
  deployment: digest,
  profile: digest,
  readiness: id16,
  evaluation: optional(id16),
  share: optional(integer({ min: 1, max: MAX_CANARY_SHARE })),
  until: optional(integer()),
  not_after: optional(integer()),
  person: optional(id),
  credential: optional(digest),
  role: optional(oneOf(RELEASE_ROLES)),
  operator: optional(id),
});

function standExactly(
  body: ReleaseBody,
  names: readonly (keyof ReleaseBody)[],
  wanted: boolean,
  path: string,
): void {
  for (const name of names) {
    if ((body[name] !== undefined) !== wanted)
      refuseInput(`${path}/${name}`, `does not fit a release that is ${body.action}`);
  }
}

export const readRelease: Reader<ReleaseBody> = (value, path) => {
  const body = releaseShape(value, path);
  const isByPerson = BY_PEOPLE.has(body.action);
  standExactly(body, ["person", "credential", "role"], isByPerson, path);
  standExactly(body, ["operator"], !isByPerson, path);
  standExactly(body, ["not_after"], body.action === "proposed" || body.action === "glass_asked", path);
  standExactly(body, ["until"], body.action === "glass_opened", path);
  standExactly(body, ["share"], body.action === "canary", path);
  if (body.action !== "activated" && body.action !== "canary")
    standExactly(body, ["evaluation"], false, path);
  return body;
};
