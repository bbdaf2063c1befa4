import type {
  DataClassName,
  Environment,
  EpochPair,
  RiskTier,
  Role,
  ToolEffect,
} from "@narrowgate/contracts";

/** What an operation does, as its newest registration says. */
export type KnownOperation = {
  readonly effect: ToolEffect;
  readonly dataClass: DataClassName;
  readonly egress: boolean;
};

/** An agent, by the newest registration. */
export type KnownAgent = {
  id: string;
  tier: RiskTier;
  /** Unix seconds; absent where no registration was disclosed. */
  expires?: number;
  /** Absent likewise. */
  delegates?: readonly string[];
  /** `created`, `changed`, `suspended`, `activated` or `retired`. */
  action: string;
  /** Unix milliseconds of the first and of the newest registration. */
  createdAt: number;
  changedAt: number;
  entry: string;
  index: number;
};

/** A server, by the newest registration. */
export type KnownServer = {
  /** By `kind/name`, of a resource family its prefix. */
  operations: { [name: string]: KnownOperation };
  action: string;
};

/** A permit that has not had its effect and its end yet. */
export type KnownDecision = {
  index: number;
  at: number;
  action: string;
  agent?: string;
  token?: string;
  mandate?: string;
  policy: string;
  /** Whether strangers' content had reached its transaction or instance by then. */
  untrusted: boolean;
  /** Dispatches so far. */
  dispatched: number;
};

/** A token of the last hour. */
export type KnownToken = {
  entry: string;
  index: number;
  agent?: string;
  txn?: string;
  expires_s: number;
  /** Refs of the agents it passed through, the presenter first; the gate's own upstream tokens add none. */
  chain: readonly string[];
  root: string;
  epochs: readonly EpochPair[];
};

/** A mandate that is open, or ended a short while ago. */
export type KnownMandate = {
  txn?: string;
  expires: number;
  endedAt?: number;
};

/** A person, by the newest leaf. */
export type KnownPerson = {
  roles: readonly Role[];
  isActive: boolean;
  passkeys: { [credential: string]: string };
};

/** An approval, until an hour after its time. */
export type KnownApproval = {
  at: number;
  notAfter: number;
  txn?: string;
  /** By `role#slot`. */
  approved: { [requirement: string]: { entry: string; person: string; at: number } };
  /** `refused`, `expired` or `withdrawn`. */
  ended?: string;
};

/** A release of an agent on its way, or there. */
export type KnownRelease = {
  proposal: string;
  release: string;
  deployment: string;
  operator: string;
  at: number;
  index: number;
  entry: string;
  notAfter: number;
  /** By role. */
  signed: {
    [role: string]: { person: string; at: number; entry: string; index: number; isEligible: boolean };
  };
  refused: boolean;
};

/** An agent that two people let through without a release. */
export type KnownGlass = {
  entry: string;
  index: number;
  /** Unix milliseconds: its end. */
  until: number;
  reviewed: boolean;
};

/** Erasures that were made while any hold stood, and where holds stood. */
export type KnownHolds = {
  /** By ref of the hold: index of the leaf that placed it, and of the one that ended it. */
  placed: { [hold: string]: { from: number; to?: number } };
  standing: number;
  /** All of them, and those whose leaf ids come first. */
  erasures: number;
  drawn: { entry: string; index: number; txn: string }[];
};

/**
 * What stands in the log so far, as far as controls need it: plain data. Permits and tokens are forgotten an hour after
 * they were made, mandates and approvals an hour after they ended, revocations of single tokens and mandates after an
 * hour; nothing in use is older, and so nothing here grows with what ever happened.
 */
export type Known = {
  leaves: number;
  environment?: Environment;
  /** The log goes on where a lost one ended; its first registrations are stated anew, without a signature. */
  recovered?: true;
  /** Unix milliseconds of the first and the newest leaf. */
  beganAt: number;
  lastAt: number;
  feed: number;
  /** Unix milliseconds of the newest leaf that erased something because somebody asked, not by age. */
  erasedOnRequestAt?: number;
  holds: KnownHolds;
  policy?: { digest: string; entry: string; index: number; operator: string };
  /** What forbids over all policies until then, in Unix milliseconds, by leaf id; what was lifted is not here. */
  overlays: { [entry: string]: number };
  /** The newest mapping of what people may have agents do, and the leaf that registered it. */
  entitlements?: { entry: string; rules: readonly unknown[] };
  agents: { [ref: string]: KnownAgent };
  servers: { [ref: string]: KnownServer };
  /** Ref of a server by `=` and its id, so that no id is a name of the language. */
  serverRefs: { [id: string]: string };
  people: { [ref: string]: KnownPerson };
  mandates: { [id: string]: KnownMandate };
  decisions: { [id: string]: KnownDecision };
  tokens: { [token: string]: KnownToken };
  /** By `kind:id`. */
  epochs: { [kindRef: string]: { epoch: number; at: number } };
  /** By `state/ref`, present where untrusted. */
  untrusted: { [state: string]: true };
  approvals: { [id: string]: KnownApproval };
  /** Id of the approval by leaf id of a signature under it, and the transactions that have any. */
  signatures: { [entry: string]: string };
  approvedTxns: { [txn: string]: true };
  /** By agent ref and proposal: those that may still be signed or brought into force, and those that ever were. */
  proposals: { [agent: string]: { [proposal: string]: KnownRelease } };
  active: { [agent: string]: { release: string; deployment: string; proposal: string; at: number } };
  /** When agents were let through without a release, by agent ref and id of the break-glass. */
  glasses: { [agent: string]: { [glass: string]: KnownGlass } };
  /** Deployments that were ever brought into force, or let through by two people. */
  activated: { [deployment: string]: true };
  /** Leaves of the newest day, by agent ref. */
  today: { day: number; leaves: { [agent: string]: number } };
  /** What is forgotten next, each queue in the order of time. */
  forget: { soon: ForgetQueue; late: ForgetQueue };
};

/** What is forgotten when its time has come. */
export type Forgotten = "decision" | "token" | "approval" | "mandate" | "epoch";

/** Times, kinds and keys of what is to be forgotten; `head` is the next. */
export type ForgetQueue = { at: number[]; kind: Forgotten[]; key: string[]; head: number };

function emptyQueue(): ForgetQueue {
  return { at: [], kind: [], key: [], head: 0 };
}

/** Nothing stands in the log yet. */
export function knowNothing(): Known {
  return {
    leaves: 0,
    beganAt: 0,
    lastAt: 0,
    feed: 0,
    holds: { placed: {}, standing: 0, erasures: 0, drawn: [] },
    overlays: {},
    agents: {},
    servers: {},
    serverRefs: {},
    people: {},
    mandates: {},
    decisions: {},
    tokens: {},
    epochs: {},
    untrusted: {},
    approvals: {},
    signatures: {},
    approvedTxns: {},
    proposals: {},
    active: {},
    glasses: {},
    activated: {},
    today: { day: 0, leaves: {} },
    forget: { soon: emptyQueue(), late: emptyQueue() },
  };
}

/** A server by the id it has in the registry. */
export function serverById(known: Known, id: string): KnownServer | undefined {
  const ref = known.serverRefs[`=${id}`];
  return ref === undefined ? undefined : known.servers[ref];
}

/** The operation a call names: exactly for tools and prompts, by the longest prefix for resources. */
export function operationOf(server: KnownServer, kind: string, name: string): KnownOperation | undefined {
  if (kind !== "resource") return server.operations[`${kind}/${name}`];
  const prefixes = Object.keys(server.operations)
    .filter((key) => `resource/${name}`.startsWith(key))
    .sort((a, b) => b.length - a.length);
  const [longest] = prefixes;
  return longest === undefined ? undefined : server.operations[longest];
}
