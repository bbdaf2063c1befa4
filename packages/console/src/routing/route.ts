/** A page that needs somebody to be signed in. */
export type SignedInRoute =
  | { readonly page: "home" }
  | { readonly page: "inbox" }
  | { readonly page: "agents" }
  | { readonly page: "agent"; readonly id: string }
  | { readonly page: "people" }
  | { readonly page: "policies" }
  | { readonly page: "policy-version"; readonly version: number }
  | { readonly page: "policy-editor" }
  | { readonly page: "releases" }
  | { readonly page: "release"; readonly id: string }
  | { readonly page: "readiness" }
  | { readonly page: "agent-readiness"; readonly id: string }
  | { readonly page: "drills" }
  | { readonly page: "audit" }
  | { readonly page: "entry"; readonly id: string; readonly at: number | undefined }
  | { readonly page: "transactions" }
  | { readonly page: "transaction"; readonly id: string };

/** Where in the console somebody is. `consents` asks for the person herself, whoever else is signed in. */
export type Route =
  | SignedInRoute
  | { readonly page: "consents" }
  | { readonly page: "verify" }
  | { readonly page: "unknown" };

type PlainPage =
  | "agents"
  | "audit"
  | "consents"
  | "drills"
  | "home"
  | "inbox"
  | "people"
  | "policies"
  | "policy-editor"
  | "readiness"
  | "releases"
  | "transactions"
  | "verify";

const plainPages: ReadonlyMap<string, PlainPage> = new Map([
  ["/", "home"],
  ["/inbox", "inbox"],
  ["/agents", "agents"],
  ["/people", "people"],
  ["/consents", "consents"],
  ["/policies", "policies"],
  ["/policies/editor", "policy-editor"],
  ["/releases", "releases"],
  ["/readiness", "readiness"],
  ["/drills", "drills"],
  ["/audit", "audit"],
  ["/transactions", "transactions"],
  ["/verify", "verify"],
] as const);

/** Pages of assurance that are about one thing. */
function parseAssurance(path: string): Route | undefined {
  const agent = /^\/agents\/([\w-][\w.-]{0,127})\/readiness$/.exec(path)?.[1];
  if (agent !== undefined) return { page: "agent-readiness", id: agent };
  const release = /^\/releases\/([\w-]{22})$/.exec(path)?.[1];
  if (release !== undefined) return { page: "release", id: release };
  const [, entry, at] = /^\/entries\/([\w-]{22})(?:\.(\d{1,15}))?$/.exec(path) ?? [];
  return entry === undefined
    ? undefined
    : { page: "entry", id: entry, at: at === undefined ? undefined : Number(at) };
}

/** Reads the path of the address bar; whoever made the link may have put anything there. */
export function parseRoute(path: string): Route {
  const plain = plainPages.get(path);
  if (plain !== undefined) return { page: plain };
  const agent = /^\/agents\/([\w-][\w.-]{0,127})$/.exec(path)?.[1];
  if (agent !== undefined) return { page: "agent", id: agent };
  const version = /^\/policies\/([1-9]\d{0,8})$/.exec(path)?.[1];
  if (version !== undefined) return { page: "policy-version", version: Number(version) };
  const assurance = parseAssurance(path);
  if (assurance !== undefined) return assurance;
  const id = /^\/txn\/([\w-]{22}\.[\w-]{22})$/.exec(path)?.[1];
  return id === undefined ? { page: "unknown" } : { page: "transaction", id };
}

/** Path of an agent's page. */
export function agentPath(id: string): string {
  return `/agents/${id}`;
}

/** Path of the page on which policies are tried. */
export const POLICY_EDITOR_PATH = "/policies/editor";

/** Path of a version of the policies. */
export function policyVersionPath(version: number): string {
  return `/policies/${version}`;
}

/** Path of the page that tells how ready an agent is. */
export function readinessPath(agent: string): string {
  return `/agents/${agent}/readiness`;
}

/** Path of a release. */
export function releasePath(id: string): string {
  return `/releases/${id}`;
}

/** Path of a leaf of the log. @param at - where it stands, if that is known */
export function entryPath(id: string, at?: number): string {
  return at === undefined ? `/entries/${id}` : `/entries/${id}.${at}`;
}

/** Path of a transaction's page. @param entry - the leaf at which it is to be read */
export function transactionPath(id: string, entry?: string): string {
  return entry === undefined ? `/txn/${id}` : `/txn/${id}#${entry}`;
}
