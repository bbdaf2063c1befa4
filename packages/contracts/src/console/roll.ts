import type { JsonObject } from "@narrowgate/kernel";
import { integer, jsonObject, listOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** An agent, as a line of the list. */
export type AgentLine = {
  readonly id: string;
  readonly tier: string;
  readonly owner: string;
  readonly state: string;
  /** Unix seconds. */
  readonly expires: number;
  /** Ids of the servers in its ceiling, each once. */
  readonly servers: readonly string[];
};

/** A workload that runs as an agent. */
export type AgentInstance = {
  readonly ref: string;
  /** What its platform calls it; empty for one that joined by a code. */
  readonly name: string;
  readonly method: string;
  readonly assurance: string;
  readonly state: string;
  /** Unix milliseconds. */
  readonly lastMs: number;
};

/** One agent. */
export type AgentSheet = AgentLine & {
  readonly deputy: string;
  readonly purpose: string;
  /** Ids of the agents it may hand off to. */
  readonly delegates: readonly string[];
  /** Details of its ceiling, as they stand in tokens. */
  readonly ceiling: readonly JsonObject[];
  readonly instances: readonly AgentInstance[];
};

/** What a person let an agent do, without the task: that is read in the transaction, and goes on record there. */
export type PersonConsent = {
  readonly agent: string;
  readonly mandate: string;
  readonly txn: string;
  /** Host the browser went to; empty where there was none. */
  readonly redirectHost: string;
  /** Unix milliseconds, as below. */
  readonly atMs: number;
  readonly expiresAtMs: number;
  /** Absent: not used since it was given, or since the server began. */
  readonly lastUsedMs?: number;
};

/** A person who may sign in or approve. */
export type PersonLine = {
  readonly ref: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Of each passkey the model of its authenticator: `virtual`, `unknown`, or an AAGUID. */
  readonly passkeys: readonly string[];
  /** How many consents of hers stand; the youngest of them are in `consents`. */
  readonly consentCount: number;
  readonly consents: readonly PersonConsent[];
};

/** Part of the list of agents, by id. */
export type AgentPage = {
  readonly agents: readonly AgentLine[];
  /** Value of `after` for what follows; absent at the end. */
  readonly next?: string;
};

/** Part of the list of people, by ref. */
export type PersonPage = {
  readonly people: readonly PersonLine[];
  /** Value of `after` for what follows; absent at the end. */
  readonly next?: string;
};

const plain = text({ max: 65_536 });
const texts = listOf(plain);

const lineMembers = {
  id: plain,
  tier: plain,
  owner: plain,
  state: plain,
  expires: integer(),
  servers: texts,
};

const instance = shape<AgentInstance>({
  ref: plain,
  name: plain,
  method: plain,
  assurance: plain,
  state: plain,
  lastMs: integer(),
});

/** Reads one agent. @throws NarrowgateError `malformed_input`, as all readers of this file */
export const readAgentSheet: Reader<AgentSheet> = shape<AgentSheet>({
  ...lineMembers,
  deputy: plain,
  purpose: plain,
  delegates: texts,
  ceiling: listOf(jsonObject),
  instances: listOf(instance),
});

const consent = shape<PersonConsent>({
  agent: plain,
  mandate: plain,
  txn: plain,
  redirectHost: plain,
  atMs: integer(),
  expiresAtMs: integer(),
  lastUsedMs: optional(integer()),
});

const person = shape<PersonLine>({
  ref: plain,
  name: plain,
  roles: texts,
  passkeys: texts,
  consentCount: integer(),
  consents: listOf(consent),
});

/** Reads a part of the list of agents. */
export const readAgentPage: Reader<AgentPage> = shape<AgentPage>({
  agents: listOf(shape<AgentLine>(lineMembers)),
  next: optional(plain),
});

/** Reads a part of the list of people. */
export const readPersonPage: Reader<PersonPage> = shape<PersonPage>({
  people: listOf(person),
  next: optional(plain),
});
