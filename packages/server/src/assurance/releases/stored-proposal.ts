import {
  parseDeployment,
  parseEvaluation,
  parseGateProfile,
  parseReleaseManifest,
  RELEASE_ROLES,
  type ReleaseChange,
  releaseDiff,
  type StateChange,
  type StateReader,
} from "@narrowgate/contracts";
import {
  type JsonObject,
  readArray,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { loadRows } from "../../platform/store/load-rows.ts";
import type { GivenSignature, PolicyNames } from "./ports.ts";
import type { Proposal } from "./proposal.ts";

/** Room of the state table that holds proposals, open and promoted ones. */
export const RELEASE_ROOM = "release";

const MEMBERS = [
  "id",
  "handle",
  "nonce",
  "state",
  "share",
  "agent",
  "agentRef",
  "author",
  "manifest",
  "deployment",
  "before",
  "policyNames",
  "profile",
  "evaluation",
  "readiness",
  "proposedAtMs",
  "activatedAtMs",
  "promotedOn",
  "notAfterMs",
  "given",
] as const;

/** A proposal with the manifest it was compared with, from which its difference is made again. */
export interface StoredProposal extends Proposal {
  readonly before?: Proposal["manifest"];
}

/** The row that keeps a proposal. */
export function rowOf({ diff: _, ...proposal }: StoredProposal): StateChange {
  const value: JsonObject = { ...proposal, given: proposal.given.map((one) => ({ ...one })) };
  return { room: RELEASE_ROOM, key: proposal.id, value };
}

const SIGNATURE = [
  "role",
  "person",
  "name",
  "entry",
  "statement",
  "client_data",
  "authenticator_data",
  "signature",
] as const;

function readGiven(value: unknown, path: string): GivenSignature {
  const row = readObject(value, path, SIGNATURE);
  const text = (name: (typeof SIGNATURE)[number]): string => readString(row[name], `${path}/${name}`);
  return {
    role: readEnum(row.role, `${path}/role`, RELEASE_ROLES),
    person: text("person"),
    name: text("name"),
    entry: text("entry"),
    statement: text("statement"),
    client_data: text("client_data"),
    authenticator_data: text("authenticator_data"),
    signature: text("signature"),
  };
}

function readNames(value: unknown, path: string): PolicyNames {
  const digests = Object.keys(Object(value));
  const row = readObject(value, path, digests);
  return Object.fromEntries(digests.map((digest) => [digest, readString(row[digest], `${path}/${digest}`)]));
}

/** Reads what {@link rowOf} wrote. @throws NarrowgateError `malformed_input` */
export function parseProposal(value: unknown, path: string): StoredProposal {
  const row = readObject(value, path, MEMBERS);
  const text = (name: (typeof MEMBERS)[number]): string => readString(row[name], `${path}/${name}`);
  const author = readObject(row.author, `${path}/author`, ["ref", "name"]);
  const manifest = parseReleaseManifest(row.manifest);
  const activatedAtMs = readOptional(row.activatedAtMs, (at) => readInteger(at, `${path}/activatedAtMs`));
  const promotedOn = readOptional(row.promotedOn, (entry) => readString(entry, `${path}/promotedOn`));
  const before = readOptional(row.before, parseReleaseManifest);
  const share = readOptional(row.share, (percent) => readInteger(percent, `${path}/share`));
  const policyNames = readOptional(row.policyNames, (names) => readNames(names, `${path}/policyNames`));
  const diff: readonly ReleaseChange[] = releaseDiff(before, manifest);
  return {
    id: text("id"),
    handle: text("handle"),
    nonce: text("nonce"),
    state: readEnum(row.state, `${path}/state`, ["open", "active", "canary", "past", "refused", "withdrawn"]),
    agent: text("agent"),
    agentRef: text("agentRef"),
    author: {
      ref: readString(author.ref, `${path}/author/ref`),
      name: readString(author.name, `${path}/author/name`),
    },
    manifest,
    deployment: parseDeployment(row.deployment),
    diff,
    ...(before === undefined ? {} : { before }),
    ...(share === undefined ? {} : { share }),
    ...(policyNames === undefined ? {} : { policyNames }),
    profile: parseGateProfile(row.profile),
    evaluation: parseEvaluation(row.evaluation),
    readiness: text("readiness"),
    proposedAtMs: readInteger(row.proposedAtMs, `${path}/proposedAtMs`),
    ...(activatedAtMs === undefined ? {} : { activatedAtMs }),
    ...(promotedOn === undefined ? {} : { promotedOn }),
    notAfterMs: readInteger(row.notAfterMs, `${path}/notAfterMs`),
    given: readArray(row.given, `${path}/given`, readGiven),
  };
}

/** Every proposal that is kept. @throws NarrowgateError `malformed_input` when a row is not what we wrote */
export function loadProposals(state: StateReader): Promise<readonly StoredProposal[]> {
  return loadRows(state, RELEASE_ROOM, parseProposal, { page: 100 });
}
