import type { RequestListener } from "node:http";
import type { JsonObject } from "@narrowgate/kernel";

/** What a signed-in person is told of her consents, as the consent room tells it. */
export type ServedPerson = JsonObject;

/** Answers for a person who is signed in at every browser; undefined for what is none of hers. Nothing is withdrawn. */
export function servedPerson(person: ServedPerson | undefined, path: string): RequestListener | undefined {
  if (path !== "/people/consents") return undefined;
  const error = { code: "invalid_token", exit: 1, message: "Sign in first.", retryable: false };
  return (_, response) => {
    response.writeHead(person === undefined ? 401 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(person ?? { error }));
  };
}
