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
  | "consents"
  | "home"
  | "inbox"
  | "people"
  | "policies"
  | "policy-editor"
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
  ["/transactions", "transactions"],
  ["/verify", "verify"],
] as const);

/** Reads the path of the address bar; whoever made the link may have put anything there. */
export function parseRoute(path: string): Route {
  const plain = plainPages.get(path);
  if (plain !== undefined) return { page: plain };
  const agent = /^\/agents\/([\w-][\w.-]{0,127})$/.exec(path)?.[1];
  if (agent !== undefined) return { page: "agent", id: agent };
  const version = /^\/policies\/([1-9]\d{0,8})$/.exec(path)?.[1];
  if (version !== undefined) return { page: "policy-version", version: Number(version) };
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

/** Path of a transaction's page. */
export function transactionPath(id: string): string {
  return `/txn/${id}`;
}
