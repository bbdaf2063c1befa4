import {
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  parseStrictJson,
  readArray,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import type { JsonAnswer } from "../platform/http/json-answer.ts";
import { isLoopbackAddress, isShowable, registeredId } from "./registered-clients.ts";

const MAX_BYTES = 8 * 1024;
const GRANTS = ["authorization_code", "refresh_token"];

function refuse(text: string): never {
  throw new NarrowgateError("invalid_client_metadata", text);
}

function readMetadata(body: Uint8Array): JsonObject {
  const value: JsonValue = parseStrictJson(body, { maxBytes: MAX_BYTES, maxDepth: 6 });
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? Object.fromEntries(Object.entries(value)) : refuse("client metadata is a JSON object");
}

function textsOf(value: JsonValue | undefined, path: string): readonly string[] | undefined {
  return readOptional(value, (list) =>
    readArray(list, path, (item, at) => readString(item, at, { min: 1, max: 256 }), { min: 1, max: 16 }),
  );
}

function addressesOf({ redirect_uris: uris }: JsonObject): readonly string[] {
  const addresses = [...new Set(textsOf(uris, "/redirect_uris") ?? [])];
  if (addresses.length === 0 || addresses.length > 5 || !addresses.every(isLoopbackAddress))
    throw new NarrowgateError(
      "invalid_redirect_uri",
      "`redirect_uris` are one to five addresses of http on loopback",
    );
  return addresses;
}

/** A client that cannot do the one flow there is would only fail later. */
function checkFlow({ grant_types: grants, response_types: types }: JsonObject): void {
  if (textsOf(grants, "/grant_types")?.includes("authorization_code") === false)
    refuse("`grant_types` must hold authorization_code");
  if (textsOf(types, "/response_types")?.includes("code") === false)
    refuse("`response_types` must hold code");
}

/**
 * Dynamic registration: a public client with a name of its own choice and loopback addresses, no secret, and nothing kept.
 * What else was asked for is replaced, as the answer says.
 * Trust: `body` is attacker-controlled.
 * @throws `invalid_redirect_uri`, `invalid_client_metadata`, and what reading JSON throws
 * @see RFC 7591 sections 2 and 3; docs/design/consent.md
 */
export function registerClient(body: Uint8Array, nowMs: number): JsonAnswer {
  const metadata = readMetadata(body);
  checkFlow(metadata);
  const redirectUris = addressesOf(metadata);
  const name =
    readOptional(metadata["client_name"], (text) => readString(text, "/client_name", { max: 256 })) ?? "";
  if (!isShowable(name)) refuse("`client_name` is a line of at most 64 characters");
  const id = registeredId({ name, redirectUris });
  if (id === undefined) refuse("name and addresses are too long together");
  return {
    status: 201,
    body: {
      client_id: id,
      client_id_issued_at: Math.floor(nowMs / 1000),
      ...(name === "" ? {} : { client_name: name }),
      redirect_uris: [...redirectUris],
      token_endpoint_auth_method: "none",
      grant_types: GRANTS,
      response_types: ["code"],
      application_type: "native",
    },
  };
}
