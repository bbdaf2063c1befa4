import {
  NarrowgateError,
  readArray,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { type RelyingParty, relyingParty } from "../platform/webauthn/index.ts";

/** Where people approve calls: an origin of its own, which no page of the gate shares. */
export interface ApprovalsConfig extends RelyingParty {
  readonly listen: { readonly host: string; readonly port: number };
  /** How long a request waits, 60 to 86,400. */
  readonly lifeSeconds: number;
  /** Who is told of requests; each secret is read from its environment variable, so that none stands in a file. */
  readonly webhooks: readonly { readonly url: string; readonly secretVariable: string }[];
  /** Nobody configured it: it stands beside a gate on loopback, in `dev`. Where it cannot listen, the gate does without. */
  readonly isAssumed: boolean;
}

const text = { min: 1, max: 2048 };
const DEFAULT_LIFE_SECONDS = 15 * 60;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** What is known of the gate itself by now. */
interface Gate {
  readonly environment: string;
  readonly baseUrl: string;
  readonly listen: { readonly host: string; readonly port: number };
}

/** Beside a gate on loopback: the next port. */
function assumed({ environment, baseUrl, listen }: Gate): ApprovalsConfig | undefined {
  const { protocol, hostname } = new URL(baseUrl);
  const isPlain = environment === "dev" && protocol === "http:" && LOOPBACK.has(hostname);
  if (!isPlain || listen.port === 0 || listen.port === 65_535) return undefined;
  const port = listen.port + 1;
  const place = relyingParty(`http://localhost:${port}`, "/approvals/origin");
  return {
    ...place,
    listen: { host: listen.host, port },
    lifeSeconds: DEFAULT_LIFE_SECONDS,
    webhooks: [],
    isAssumed: true,
  };
}

function readWebhook(value: unknown, path: string): ApprovalsConfig["webhooks"][number] {
  const row = readObject(value, path, ["url", "secret_variable"]);
  const url = readString(row.url, `${path}/url`, text);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new NarrowgateError("malformed_input", `${path}/url must be an http(s) URL`);
  const form = { ...text, pattern: /^[A-Z][A-Z0-9_]*$/ };
  return { url, secretVariable: readString(row.secret_variable, `${path}/secret_variable`, form) };
}

/**
 * Reads where people approve calls.
 * @returns undefined where there is no such place: what needs a person's approval stays refused
 * @throws NarrowgateError `malformed_input`
 */
export function readApprovalsConfig(value: unknown, gate: Gate): ApprovalsConfig | undefined {
  if (value === undefined) return assumed(gate);
  const row = readObject(value, "/approvals", ["origin", "rp_id", "listen", "life_seconds", "webhooks"]);
  const rpId = readOptional(row.rp_id, (member) => readString(member, "/approvals/rp_id", text));
  const place = relyingParty(readString(row.origin, "/approvals/origin", text), "/approvals/origin", rpId);
  // INVARIANT: no page of the gate shares the origin at which approvals are signed.
  if (place.origin === new URL(gate.baseUrl).origin)
    throw new NarrowgateError("malformed_input", "/approvals/origin must be another origin than base_url");
  const listen = readObject(row.listen, "/approvals/listen", ["host", "port"]);
  const life = readOptional(row.life_seconds, (member) =>
    readInteger(member, "/approvals/life_seconds", { min: 60, max: 86_400 }),
  );
  return {
    ...place,
    listen: {
      host: readString(listen.host, "/approvals/listen/host", text),
      port: readInteger(listen.port, "/approvals/listen/port", { min: 0, max: 65_535 }),
    },
    lifeSeconds: life ?? DEFAULT_LIFE_SECONDS,
    webhooks:
      readOptional(row.webhooks, (list) => readArray(list, "/approvals/webhooks", readWebhook, { max: 8 })) ??
      [],
    isAssumed: false,
  };
}
