import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  ENVIRONMENTS,
  type Environment,
  type GateProfile,
  PROFILE_NAMES,
  parseGateProfile,
} from "@narrowgate/contracts";
import {
  NarrowgateError,
  parseStrictJson,
  readArray,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { type ApprovalsConfig, readApprovalsConfig } from "./approvals-config.ts";
import { type CiRule, readCi } from "./ci-config.ts";
import { readSignIn, type SignInProviderConfig } from "./read-sign-in.ts";
import { type MetricsConfig, readTelemetry, type TracesConfig } from "./telemetry-config.ts";

/** A witness that cosigns our checkpoints. */
export interface WitnessConfig {
  /** Prefix of its add-checkpoint address. */
  readonly url: string;
  /** Verifier key, C2SP signed-note form. */
  readonly key: string;
}

/** Where the store is. */
export type StoreConfig =
  | { readonly kind: "sqlite"; readonly path: string }
  /** The connection string is read from this environment variable, so that no password stands in a file. */
  | {
      readonly kind: "postgres";
      readonly urlVariable: string;
      /** For `recover` alone: where the address of the store that is given up stands. */
      readonly lostUrlVariable?: string;
    };

/** The one internal form of the configuration, whatever it came from. Paths are absolute. Frozen. */
export interface Config {
  readonly environment: Environment;
  /** External base URL = issuer, without a trailing slash. Configured, never taken from a request. */
  readonly baseUrl: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Holds keys, store and the admin socket; mode 0700. */
  readonly dataDirectory: string;
  readonly store: StoreConfig;
  /** Outside the store, so that an older copy of the store is seen. */
  readonly anchorFile: string;
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  readonly witnesses: readonly WitnessConfig[];
  /** 30 to 900; the registry's settings come before it. */
  readonly tokenLifeSeconds: number;
  /** Age at which another key takes over signing tokens, 1 to 720. */
  readonly tokenKeyRotationHours: number;
  /** Where key sets of issuers may be fetched from, beside public https addresses. */
  readonly fetch: {
    /** Hosts, as in a URL without port, that may have special-use addresses; in `dev` also plain http on loopback. */
    readonly allowedHosts: readonly string[];
    /** PEM files of authorities trusted beside those of the runtime. */
    readonly extraCaFiles: readonly string[];
  };
  /** Browser origins that may call the gate, beside our own. */
  readonly allowedOrigins: readonly string[];
  /**
   * What a release must show before it runs where releases are required: one that ships, by its name, or the
   * organisation's own, which has another name; `full` unless the file says otherwise.
   */
  readonly gateProfile: (typeof PROFILE_NAMES)[number] | GateProfile;
  /** Trust file of the instance that releases are tested on; without it no release comes from elsewhere. */
  readonly testedBy?: string;
  /** Where people make passkeys and approve; without it nobody can. */
  readonly approvals?: ApprovalsConfig;
  /** Jobs that may ask whether an agent's release is ready. */
  readonly ci: readonly CiRule[];
  /** Where metrics are read; absent: nowhere, and none are kept. */
  readonly metrics?: MetricsConfig;
  /** Where traces are sent; absent: nowhere, and none are made. */
  readonly traces?: TracesConfig;
  /** Providers people may sign in to the console with. */
  readonly signIn: readonly SignInProviderConfig[];
}

const MEMBERS = [
  "environment",
  "base_url",
  "listen",
  "data_directory",
  "store",
  "anchor_file",
  "tls",
  "witnesses",
  "token_life_seconds",
  "token_key_rotation_hours",
  "fetch",
  "allowed_origins",
  "gate_profile",
  "tested_by",
  "approvals",
  "sign_in",
  "ci",
  "metrics",
  "traces",
];
const text = { min: 1, max: 2048 };

function readBaseUrl(value: unknown, path: string): string {
  const written = readString(value, path, text);
  const url = URL.canParse(written) ? new URL(written) : undefined;
  const plain =
    url !== undefined && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  if (!plain || !/^https?:$/.test(url.protocol) || written.endsWith("/"))
    throw new NarrowgateError(
      "malformed_input",
      `${path} must be an http(s) URL without query, user or trailing slash`,
    );
  return written;
}

function readStore(value: unknown, path: string, base: string): StoreConfig {
  const row = readObject(value, path, ["kind", "path", "url_variable", "lost_url_variable"]);
  const kind = readEnum(row.kind, `${path}/kind`, ["sqlite", "postgres"]);
  if (kind === "sqlite") return { kind, path: resolve(base, readString(row.path, `${path}/path`, text)) };
  const variable = (value: unknown, at: string): string =>
    readString(value, at, { ...text, pattern: /^[A-Z][A-Z0-9_]*$/ });
  const lostUrlVariable = readOptional(row.lost_url_variable, (value) =>
    variable(value, `${path}/lost_url_variable`),
  );
  return {
    kind,
    urlVariable: variable(row.url_variable, `${path}/url_variable`),
    ...(lostUrlVariable === undefined ? {} : { lostUrlVariable }),
  };
}

function readWitness(value: unknown, path: string): WitnessConfig {
  const row = readObject(value, path, ["url", "key"]);
  return { url: readBaseUrl(row.url, `${path}/url`), key: readString(row.key, `${path}/key`, text) };
}

function readFetch(value: unknown, base: string): Config["fetch"] {
  const row = readObject(value ?? {}, "/fetch", ["allowed_hosts", "extra_ca_files"]);
  const texts = (member: unknown, path: string): readonly string[] =>
    readOptional(member, (list) => readArray(list, path, (v, p) => readString(v, p, text), { max: 64 })) ??
    [];
  return {
    allowedHosts: texts(row.allowed_hosts, "/fetch/allowed_hosts"),
    extraCaFiles: texts(row.extra_ca_files, "/fetch/extra_ca_files").map((file) => resolve(base, file)),
  };
}

function readListen(value: unknown, path: string): Config["listen"] {
  const listen = readObject(value, path, ["host", "port"]);
  return {
    host: readString(listen.host, `${path}/host`, text),
    port: readInteger(listen.port, `${path}/port`, { min: 0, max: 65_535 }),
  };
}

function readGateProfile(value: unknown): Config["gateProfile"] {
  if (typeof value === "string") return readEnum(value, "/gate_profile", PROFILE_NAMES);
  const own = parseGateProfile(value);
  // INVARIANT: what is signed under the name of a profile that ships was held to that profile.
  if (PROFILE_NAMES.some((name) => name === own.name))
    throw new NarrowgateError("malformed_input", `/gate_profile/name: ${own.name} is a profile that ships`);
  return own;
}

/**
 * Reads a configuration; relative paths are resolved against `base`.
 * @throws `malformed_input` naming the path of the first unknown or wrong member
 */
export function parseConfig(value: unknown, base: string): Config {
  const row = readObject(value, "", MEMBERS);
  const baseUrl = readBaseUrl(row.base_url, "/base_url");
  const environment = readEnum(row.environment, "/environment", ENVIRONMENTS);
  const listen = readListen(row.listen, "/listen");
  const approvals = readApprovalsConfig(row.approvals, { environment, baseUrl, listen });
  const tls = readOptional(row.tls, (member) => {
    const files = readObject(member, "/tls", ["certificate_file", "key_file"]);
    return {
      certificateFile: resolve(base, readString(files.certificate_file, "/tls/certificate_file", text)),
      keyFile: resolve(base, readString(files.key_file, "/tls/key_file", text)),
    };
  });
  return Object.freeze({
    environment,
    baseUrl,
    listen,
    dataDirectory: resolve(base, readString(row.data_directory, "/data_directory", text)),
    store: readStore(row.store, "/store", base),
    anchorFile: resolve(base, readString(row.anchor_file, "/anchor_file", text)),
    ...(tls === undefined ? {} : { tls }),
    witnesses:
      readOptional(row.witnesses, (member) =>
        readArray(member, "/witnesses", readWitness, { min: 0, max: 16 }),
      ) ?? [],
    tokenLifeSeconds:
      readOptional(row.token_life_seconds, (member) =>
        readInteger(member, "/token_life_seconds", { min: 30, max: 900 }),
      ) ?? 300,
    tokenKeyRotationHours:
      readOptional(row.token_key_rotation_hours, (member) =>
        readInteger(member, "/token_key_rotation_hours", { min: 1, max: 720 }),
      ) ?? 24,
    fetch: readFetch(row.fetch, base),
    allowedOrigins:
      readOptional(row.allowed_origins, (member) =>
        readArray(member, "/allowed_origins", (v, p) => readString(v, p, text), { min: 0, max: 64 }),
      ) ?? [],
    gateProfile: readOptional(row.gate_profile, readGateProfile) ?? "full",
    ...(row.tested_by === undefined
      ? {}
      : { testedBy: resolve(base, readString(row.tested_by, "/tested_by", text)) }),
    ...(approvals === undefined ? {} : { approvals }),
    ci: readCi(row.ci),
    ...readTelemetry(row),
    signIn: readSignIn(row.sign_in, (file) => resolve(base, file)),
  });
}

/** Loads a configuration file. @throws `malformed_json`, `malformed_input`, or what reading the file throws */
export async function loadConfig(file: string): Promise<Config> {
  return parseConfig(parseStrictJson(await readFile(file), { maxBytes: 64 * 1024 }), resolve(file, ".."));
}
