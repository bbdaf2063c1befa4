import { type Deployment, parseDeployment } from "../assurance/deployment.ts";
import { type Evaluation, parseEvaluation } from "../assurance/evaluation.ts";
import type { ReleaseChange } from "../assurance/release-diff.ts";
import { parseReleaseManifest, RELEASE_PARTS, type ReleaseManifest } from "../assurance/release-manifest.ts";
import { flag, integer, json, jsonObject, listOf, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** States of a release that was proposed. */
export const RELEASE_STATES = [
  "open",
  "expired",
  "active",
  "canary",
  "past",
  "refused",
  "withdrawn",
] as const;

/** A release that was proposed, as the admin API describes it. */
export type ReleaseLine = {
  readonly id: string;
  readonly agent: string;
  readonly state: (typeof RELEASE_STATES)[number];
  /** Of a canary: percent of the mandates that run under it. */
  readonly share?: number;
  /** Digests. */
  readonly release: string;
  readonly deployment: string;
  readonly environment: string;
  readonly profile: { readonly name: string; readonly version: number };
  /** Name of the operator who proposed it. */
  readonly author: string;
  /** Unix milliseconds, as below. */
  readonly proposed_at: number;
  readonly not_after: number;
  readonly signed: readonly { readonly role: string; readonly name: string }[];
  /** Roles that have not signed, and those whose signature would not count now. */
  readonly missing: readonly string[];
  readonly lapsed: readonly string[];
  /** Controls that keep it back. */
  readonly blocking: readonly string[];
  readonly ready: "ready" | "not_ready";
  /** Where it is signed, while it can be. */
  readonly url?: string;
  /** In a list, of one in force: parts that differ and stop its agent, and how many operations left. */
  readonly stands?: { readonly stops: readonly string[]; readonly left: number };
};

/** States of a break-glass: an agent is let through for a short time without what four sign. */
export const GLASS_STATES = ["asked", "open", "due", "reviewed", "refused", "withdrawn", "expired"] as const;

/** A break-glass, without its reason and findings, which are sealed. */
export type GlassLine = {
  readonly id: string;
  readonly agent: string;
  readonly state: (typeof GLASS_STATES)[number];
  /** Name of the operator who asked. */
  readonly asked_by: string;
  /** Unix milliseconds, as below. */
  readonly asked_at: number;
  readonly signed: readonly { readonly role: string; readonly name: string }[];
  /** When it ends, or ended. */
  readonly until?: number;
  /** When it has to be reviewed, and whether that is over. */
  readonly review_due?: number;
  readonly overdue?: boolean;
};

/** What was proposed, newest first. */
export type ReleaseList = {
  readonly environment: string;
  /** Whether tokens are minted here for released agents alone. */
  readonly isRequired: boolean;
  /** What is forbidden over all of them now: who did, and until when (Unix milliseconds). */
  readonly overlays: readonly { readonly by: string; readonly until: number }[];
  readonly releases: readonly ReleaseLine[];
  /** Newest first. */
  readonly glasses: readonly GlassLine[];
};

/** What became of a proposal at one point: a `release` leaf. */
export type ReleaseEvent = {
  readonly entry: string;
  readonly index: number;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** As in the leaf: `proposed`, `signed`, `activated` and so on. */
  readonly action: string;
  /** Name of the person or operator; the ref of one who was removed. */
  readonly who: string;
  /** In which role a person answered. */
  readonly role?: string;
};

/** One release with what it rests on. */
export type ReleaseSheet = ReleaseLine & {
  readonly diff: readonly ReleaseChange[];
  /** How policies are called, by digest, where that is known. */
  readonly policy_names?: Readonly<Record<string, string>>;
  readonly manifest: ReleaseManifest;
  readonly deployment_document: Deployment;
  /** The evaluation it was proposed on. */
  readonly evaluation: Evaluation;
  /** Oldest first. */
  readonly history: readonly ReleaseEvent[];
  /** How what is registered now compares with what was signed. */
  readonly drift: { readonly stops: readonly string[]; readonly changes: readonly ReleaseChange[] };
};

const plain = text({ max: 65_536 });
const texts = listOf(plain);

/** A shape whose members may have further ones beside them: these are the server's words for several readers. */
function among<T>(names: readonly string[], read: Reader<T>): Reader<T> {
  return (value, path) => {
    const members = Object.entries(Object(value)).filter(([name]) => names.includes(name));
    return read(Object.fromEntries(members), path);
  };
}

const lineMembers = {
  id: plain,
  agent: plain,
  state: oneOf(RELEASE_STATES),
  share: optional(integer()),
  release: plain,
  deployment: plain,
  environment: plain,
  profile: shape<ReleaseLine["profile"]>({ name: plain, version: integer() }),
  author: plain,
  proposed_at: integer(),
  not_after: integer(),
  signed: listOf(shape<ReleaseLine["signed"][number]>({ role: plain, name: plain })),
  missing: texts,
  lapsed: texts,
  blocking: texts,
  ready: oneOf(["ready", "not_ready"] as const),
  // An address to follow: of the web, and nothing else.
  url: optional(text({ max: 4096, pattern: /^https?:\/\/[\x21-\x7e]+$/ })),
  stands: optional(shape<NonNullable<ReleaseLine["stands"]>>({ stops: texts, left: integer() })),
};

const PARTS = Object.keys(RELEASE_PARTS).sort();

const changes = listOf(
  shape<ReleaseChange>({
    part: (value, path) => {
      const found = oneOf(PARTS)(value, path);
      return (
        Object.keys(RELEASE_PARTS).find((part): part is ReleaseChange["part"] => part === found) ?? "agent"
      );
    },
    change: oneOf(["added", "removed", "changed"]),
    name: plain,
    before: optional(json),
    after: optional(json),
  }),
  { max: 65_536 },
);

/** Trust: digests and names of policies; only texts are taken. */
const names: Reader<Readonly<Record<string, string>>> = (value, path) =>
  Object.fromEntries(
    Object.entries(jsonObject(value, path)).map(([digest, name]) => [
      digest,
      plain(name, `${path}/${digest}`),
    ]),
  );

const sheetMembers = {
  ...lineMembers,
  diff: changes,
  policy_names: optional(names),
  manifest: (value: unknown) => parseReleaseManifest(value),
  deployment_document: (value: unknown) => parseDeployment(value),
  evaluation: (value: unknown) => parseEvaluation(value),
  history: listOf(
    shape<ReleaseEvent>({
      entry: plain,
      index: integer(),
      atMs: integer(),
      action: plain,
      who: plain,
      role: optional(plain),
    }),
  ),
  drift: shape<ReleaseSheet["drift"]>({ stops: texts, changes }),
};

const glassMembers = {
  id: plain,
  agent: plain,
  state: oneOf(GLASS_STATES),
  asked_by: plain,
  asked_at: integer(),
  signed: lineMembers.signed,
  until: optional(integer()),
  review_due: optional(integer()),
  overdue: optional(flag),
};

/** Reads what was proposed. @throws NarrowgateError `malformed_input`, as all readers of this file */
export const readReleaseList: Reader<ReleaseList> = shape<ReleaseList>({
  environment: plain,
  isRequired: flag,
  overlays: listOf(shape<ReleaseList["overlays"][number]>({ by: plain, until: integer() })),
  releases: listOf(among(Object.keys(lineMembers), shape<ReleaseLine>(lineMembers)), { max: 65_536 }),
  glasses: listOf(among(Object.keys(glassMembers), shape<GlassLine>(glassMembers)), { max: 65_536 }),
});

/** Reads one release. */
export const readReleaseSheet: Reader<ReleaseSheet> = among(
  Object.keys(sheetMembers),
  shape<ReleaseSheet>(sheetMembers),
);
