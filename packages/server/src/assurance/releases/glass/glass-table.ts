import type { StateReader } from "@narrowgate/contracts";
import {
  type JsonValue,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { loadRows } from "../../../platform/store/load-rows.ts";
import { nameOf } from "../drift.ts";
import { parseProposal } from "../stored-proposal.ts";
import { GLASS_ROOM, type Glass, type GlassFindings, isOpenGlass } from "./glass.ts";

/** Every break-glass, in memory. */
export interface GlassTable {
  byId(id: string): Glass | undefined;
  byHandle(handle: string): Glass | undefined;
  /** The one that lets an agent through now. @param agentRef - of the agent */
  open(agentRef: string, nowMs: number): Glass | undefined;
  ofAgent(agentRef: string): readonly Glass[];
  /** By the digest of its deployment. */
  byDeployment(deployment: string): Glass | undefined;
  /** Newest first. */
  list(): readonly Glass[];
  put(glass: Glass): void;
}

/** Makes a table of what was kept. */
export function createGlassTable(kept: readonly Glass[]): GlassTable {
  const byId = new Map<string, Glass>();
  const deployments = new Map<string, string>();
  const agents = new Map<string, Set<string>>();
  const put = (glass: Glass): void => {
    const { id, agentRef } = glass.proposal;
    byId.set(id, glass);
    deployments.set(nameOf(glass.proposal), id);
    agents.set(agentRef, (agents.get(agentRef) ?? new Set<string>()).add(id));
  };
  for (const glass of kept) put(glass);
  const list = (): readonly Glass[] =>
    [...byId.values()].sort((a, b) => b.proposal.proposedAtMs - a.proposal.proposedAtMs);
  const ofAgent = (ref: string): readonly Glass[] =>
    [...(agents.get(ref) ?? [])].flatMap((id) => byId.get(id) ?? []);
  return {
    byId: (id) => byId.get(id),
    byHandle: (handle) => list().find(({ proposal }) => proposal.handle === handle),
    open: (ref, nowMs) => ofAgent(ref).find((glass) => isOpenGlass(glass, nowMs)),
    ofAgent,
    byDeployment: (deployment) => byId.get(deployments.get(deployment) ?? ""),
    list,
    put,
  };
}

function readFindings(value: unknown, path: string): GlassFindings {
  const row = readObject(value, path, ["role", "person", "name", "findings", "atMs"]);
  return {
    role: readString(row.role, `${path}/role`),
    person: readString(row.person, `${path}/person`),
    name: readString(row.name, `${path}/name`),
    findings: readString(row.findings, `${path}/findings`),
    atMs: readInteger(row.atMs, `${path}/atMs`),
  };
}

const MEMBERS = ["proposal", "reason", "seconds", "state", "untilMs", "endedAtMs", "review"] as const;

function parseGlass(value: JsonValue, path: string): Glass {
  const row = readObject(value, path, MEMBERS);
  const untilMs = readOptional(row.untilMs, (at) => readInteger(at, `${path}/untilMs`));
  const endedAtMs = readOptional(row.endedAtMs, (at) => readInteger(at, `${path}/endedAtMs`));
  const review = readOptional(row.review, (found) => readFindings(found, `${path}/review`));
  return {
    proposal: parseProposal(row.proposal, `${path}/proposal`),
    reason: readString(row.reason, `${path}/reason`),
    seconds: readInteger(row.seconds, `${path}/seconds`),
    state: readEnum(row.state, `${path}/state`, ["asked", "refused", "withdrawn", "open", "ended"]),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(review === undefined ? {} : { review }),
  };
}

/** Every one that is kept. @throws NarrowgateError `malformed_input` when a row is not what we wrote */
export function loadGlasses(state: StateReader): Promise<readonly Glass[]> {
  return loadRows(state, GLASS_ROOM, parseGlass, { page: 100 });
}
