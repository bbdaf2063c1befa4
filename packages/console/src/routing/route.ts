/** A page that needs somebody to be signed in. */
export type SignedInRoute =
  | { readonly page: "home" }
  | { readonly page: "inbox" }
  | { readonly page: "transactions" }
  | { readonly page: "transaction"; readonly id: string };

/** Where in the console somebody is. */
export type Route = SignedInRoute | { readonly page: "verify" } | { readonly page: "unknown" };

const plainPages: ReadonlyMap<string, "home" | "inbox" | "transactions" | "verify"> = new Map([
  ["/", "home"],
  ["/inbox", "inbox"],
  ["/transactions", "transactions"],
  ["/verify", "verify"],
] as const);

/** Reads the path of the address bar; whoever made the link may have put anything there. */
export function parseRoute(path: string): Route {
  const plain = plainPages.get(path);
  if (plain !== undefined) return { page: plain };
  const id = /^\/txn\/([\w-]{22}\.[\w-]{22})$/.exec(path)?.[1];
  return id === undefined ? { page: "unknown" } : { page: "transaction", id };
}

/** Path of a transaction's page. */
export function transactionPath(id: string): string {
  return `/txn/${id}`;
}
