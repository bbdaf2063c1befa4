import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { canonicalBytes, type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import type { AdminClient } from "../admin/admin-client.ts";
import { signOperatorRequest } from "../admin/sign-request.ts";
import { createOperatorKey, loadOperatorKey, type OperatorIdentity } from "../places/operator-key-file.ts";

/** Name under which this person is enrolled when they give none. */
export function defaultOperatorName(env: NodeJS.ProcessEnv): string {
  try {
    return env.USER ?? userInfo().username;
  } catch {
    // A container may run under a user that has no entry.
    return "operator";
  }
}

/**
 * The key at `path`, made now when there is none.
 * @param name - undefined: whatever the key has, or the user's own for a new one
 * @throws `conflict` when the key there is somebody else's
 */
export async function ownOperatorKey(
  path: string,
  name: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<OperatorIdentity> {
  if (!existsSync(path)) return createOperatorKey(path, name ?? defaultOperatorName(env));
  const found = await loadOperatorKey(path);
  if (name === undefined || name === found.name) return found;
  throw new NarrowgateError(
    "conflict",
    `the key in ${path} is ${found.name}'s; give another file with --operator-key`,
  );
}

/** A request to enrol a key, signed by that key: nobody enrols a key they do not hold. */
export async function enrolmentRequest(
  { name, key }: OperatorIdentity,
  origin: string,
  code?: string,
): Promise<JsonObject> {
  const { kty, crv, x, y } = key.publicJwk;
  const part: JsonObject = { name, jwk: { kty, crv, x, y }, ...(code === undefined ? {} : { code }) };
  const request = { method: "POST", path: "/operators", body: canonicalBytes(part), origin };
  return { ...part, signature: await signOperatorRequest(key, request, Date.now()) };
}

/**
 * Enrols the first operator with the code that the server showed on its terminal. The code travels in the body only.
 * @throws `join_code_invalid`, `conflict`, `operator_signature_invalid`
 */
export async function enrolFirstOperator(
  admin: AdminClient,
  identity: OperatorIdentity,
  code: string,
): Promise<JsonObject> {
  return admin.sendUnsigned("/operators", await enrolmentRequest(identity, admin.place.baseUrl, code));
}
