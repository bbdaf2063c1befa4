import { parsePublicJwk, ROLES, type Role, type StateReader } from "@narrowgate/contracts";
import {
  type JsonObject,
  type JsonValue,
  readArray,
  readEnum,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";
import type { Passkey, Person } from "./ports.ts";

/** Room of the state table that holds people. */
export const PERSON_ROOM = "person";
/** Room of the state table that holds their passkeys, by digest of the credential id. */
export const CREDENTIAL_ROOM = "credential";

const PERSON_MEMBERS = [
  "ref",
  "name",
  "roles",
  "given",
  "claimed",
  "identities",
  "former",
  "entry",
  "enrolledAtMs",
] as const;
const PASSKEY_MEMBERS = [
  "id",
  "person",
  "jwk",
  "signCount",
  "rpId",
  "authenticator",
  "digest",
  "entry",
  "addedAtMs",
] as const;

/** A person as the state table keeps her. */
export function formatPerson({ roles, given, claimed, identities, former, ...rest }: Person): JsonObject {
  const byIssuer = Object.fromEntries(Object.entries(claimed).map(([issuer, some]) => [issuer, [...some]]));
  return {
    ...rest,
    roles: [...roles],
    given: [...given],
    claimed: byIssuer,
    identities: [...identities],
    former: [...former],
  };
}

/** A passkey as the state table keeps it. */
export function formatPasskey({ jwk, ...rest }: Passkey): JsonObject {
  return { ...rest, jwk: { ...jwk } };
}

function readRoles(value: unknown, path: string): readonly Role[] {
  return readArray(value, path, (item, at) => readEnum(item, at, ROLES));
}

function readClaimed(value: unknown, path: string): Person["claimed"] {
  const row = Object(value);
  return Object.fromEntries(
    Object.keys(row).map((issuer) => [issuer, readRoles(Reflect.get(row, issuer), `${path}/${issuer}`)]),
  );
}

function parsePerson(value: JsonValue, path: string): Person {
  const row = readObject(value, path, PERSON_MEMBERS);
  return {
    ref: readString(row.ref, `${path}/ref`),
    name: readString(row.name, `${path}/name`),
    roles: readRoles(row.roles, `${path}/roles`),
    given: readRoles(row.given, `${path}/given`),
    claimed: readClaimed(row.claimed, `${path}/claimed`),
    identities: readArray(row.identities, `${path}/identities`, (item, at) => readString(item, at)),
    former: readArray(row.former, `${path}/former`, (item, at) => readString(item, at)),
    entry: readString(row.entry, `${path}/entry`),
    enrolledAtMs: readInteger(row.enrolledAtMs, `${path}/enrolledAtMs`),
  };
}

function parsePasskey(value: JsonValue, path: string): Passkey {
  const row = readObject(value, path, PASSKEY_MEMBERS);
  const text = (name: "id" | "person" | "rpId" | "authenticator" | "digest" | "entry"): string =>
    readString(row[name], `${path}/${name}`);
  return {
    id: text("id"),
    person: text("person"),
    jwk: parsePublicJwk(row.jwk),
    signCount: readInteger(row.signCount, `${path}/signCount`),
    rpId: text("rpId"),
    authenticator: text("authenticator"),
    digest: text("digest"),
    entry: text("entry"),
    addedAtMs: readInteger(row.addedAtMs, `${path}/addedAtMs`),
  };
}

/** All people and passkeys. @throws NarrowgateError `malformed_input` when a row is not what we wrote */
export async function loadPeople(
  state: StateReader,
): Promise<{ readonly people: readonly Person[]; readonly passkeys: readonly Passkey[] }> {
  return {
    people: await loadRows(state, PERSON_ROOM, parsePerson),
    passkeys: await loadRows(state, CREDENTIAL_ROOM, parsePasskey),
  };
}
