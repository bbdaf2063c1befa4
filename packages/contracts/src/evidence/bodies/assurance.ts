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
  "deactivated",
] as const;

/** A release was proposed, signed by one of the four, brought into force or taken out of it. */
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
  /** Leaf id of the evaluation at promotion; with `activated` alone, and not where it is a roll-back. */
  readonly evaluation?: string;
  /** Unix milliseconds; exactly with `proposed`: until when it may be signed. */
  readonly not_after?: number;
  /** Exactly with `signed` and `refused`. */
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
  const isByPerson = body.action === "signed" || body.action === "refused";
  standExactly(body, ["person", "credential", "role"], isByPerson, path);
  standExactly(body, ["operator"], !isByPerson, path);
  standExactly(body, ["not_after"], body.action === "proposed", path);
  if (body.action !== "activated") standExactly(body, ["evaluation"], false, path);
  return body;
};
