/** Where in the console somebody is. */
export type Route =
  | { readonly page: "transactions" }
  | { readonly page: "transaction"; readonly id: string }
  | { readonly page: "verify" }
  | { readonly page: "unknown" };

/** Reads the path of the address bar; whoever made the link may have put anything there. */
export function parseRoute(path: string): Route {
  if (path === "/") return { page: "transactions" };
  if (path === "/verify") return { page: "verify" };
  const id = /^\/txn\/([\w-]{22}\.[\w-]{22})$/.exec(path)?.[1];
  return id === undefined ? { page: "unknown" } : { page: "transaction", id };
}

/** Path of a transaction's page. */
export function transactionPath(id: string): string {
  return `/txn/${id}`;
}
