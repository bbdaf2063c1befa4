import { ROLES, type Role } from "@narrowgate/contracts";
import {
  NarrowgateError,
  readArray,
  readBoolean,
  readEnum,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";

/** How groups or roles that a provider states become roles here. */
export interface RoleMappingConfig {
  /** JSON Pointer into the ID token. */
  readonly claim: string;
  readonly roles: Readonly<Record<string, readonly Role[]>>;
}

/** An OpenID provider people may sign in with. */
export interface SignInProviderConfig {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Holds the client secret and nothing else, so that no secret stands in the configuration. */
  readonly clientSecretFile?: string;
  readonly scope: string;
  readonly subjectClaim: string;
  readonly mapping?: RoleMappingConfig;
  readonly enrols: boolean;
}

const MEMBERS = [
  "id",
  "name",
  "issuer",
  "client_id",
  "client_secret_file",
  "scope",
  "subject_claim",
  "roles",
  "enrol",
] as const;
const text = { min: 1, max: 2048 };
const MAX_PROVIDERS = 8;
const MAX_GROUPS = 1024;

function readIssuer(value: unknown, path: string): string {
  const issuer = readString(value, path, text);
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
  if (isPlain && url.username === "" && url.password === "") return issuer;
  throw new NarrowgateError("malformed_input", `${path}: must be an http(s) URL without query or user`);
}

function readMapping(value: unknown, path: string): RoleMappingConfig {
  const row = readObject(value, path, ["claim", "map"]);
  const map = row.map;
  const groups = typeof map === "object" && map !== null && !Array.isArray(map) ? Object.entries(map) : [];
  if (groups.length === 0 || groups.length > MAX_GROUPS)
    throw new NarrowgateError("malformed_input", `${path}/map: must name 1 to ${MAX_GROUPS} groups`);
  const roles = groups.map(([group, given]: [string, unknown]) => {
    const read = readArray(given, `${path}/map`, (item, at) => readEnum(item, at, ROLES), { min: 1, max: 8 });
    return [group, read] as const;
  });
  const claim = readString(row.claim, `${path}/claim`, { min: 2, max: 256, pattern: /^\/[^\p{Cc}]+$/u });
  return { claim, roles: Object.fromEntries(roles) };
}

function readProvider(value: unknown, path: string, resolve: (file: string) => string): SignInProviderConfig {
  const row = readObject(value, path, MEMBERS);
  const secret = readOptional(row.client_secret_file, (file) =>
    resolve(readString(file, `${path}/client_secret_file`, text)),
  );
  const mapping = readOptional(row.roles, (member) => readMapping(member, `${path}/roles`));
  const id = readString(row.id, `${path}/id`, { min: 1, max: 64, pattern: /^[a-z0-9-]+$/ });
  return {
    id,
    name: readOptional(row.name, (member) => readString(member, `${path}/name`, { min: 1, max: 64 })) ?? id,
    issuer: readIssuer(row.issuer, `${path}/issuer`),
    clientId: readString(row.client_id, `${path}/client_id`, text),
    ...(secret === undefined ? {} : { clientSecretFile: secret }),
    scope: readOptional(row.scope, (member) => readString(member, `${path}/scope`, text)) ?? "openid profile",
    subjectClaim:
      readOptional(row.subject_claim, (member) => readString(member, `${path}/subject_claim`, text)) ?? "sub",
    ...(mapping === undefined ? {} : { mapping }),
    enrols: readOptional(row.enrol, (member) => readBoolean(member, `${path}/enrol`)) ?? false,
  };
}

/**
 * Reads whom people may sign in with.
 * @param resolve - makes a path absolute
 * @throws NarrowgateError `malformed_input`
 */
export function readSignIn(
  value: unknown,
  resolve: (file: string) => string,
): readonly SignInProviderConfig[] {
  const row = readObject(value ?? {}, "/sign_in", ["providers"]);
  const read = (item: unknown, path: string): SignInProviderConfig => readProvider(item, path, resolve);
  const providers =
    readOptional(row.providers, (list) =>
      readArray(list, "/sign_in/providers", read, { max: MAX_PROVIDERS }),
    ) ?? [];
  if (new Set(providers.map(({ id }) => id)).size !== providers.length)
    throw new NarrowgateError("malformed_input", "/sign_in/providers: two have the same id");
  return providers;
}
