import type { JsonObject } from "@narrowgate/kernel";
import { type Adapter, type AdapterPayload, errors } from "oidc-provider";
import { clientOf, metadataOf } from "./consent-clients.ts";
import type { OauthRows } from "./oauth-rows.ts";
import type { ConsentPorts } from "./ports.ts";

/** Kinds of which nothing is kept: access tokens are ours, and each request signs in by the people room. */
const FORGOTTEN: ReadonlySet<string> = new Set(["AccessToken", "Session"]);

const DEFAULT_LIFE_SECONDS = 600;

/** What the adapters stand on. */
export interface AdapterRoom {
  readonly ports: Pick<ConsentPorts, "registry" | "clock">;
  readonly rows: OauthRows;
  /** Ends a consent, and what came of it. */
  readonly endConsent: (id: string) => Promise<void>;
}

/** As JSON, which the provider promises it is; what is undefined in it is absent. */
function asJson(payload: AdapterPayload): JsonObject {
  return JSON.parse(JSON.stringify(payload));
}

function rowAdapter(kind: string, { rows, endConsent }: AdapterRoom): Adapter {
  return {
    upsert: (id, payload, expiresIn = DEFAULT_LIFE_SECONDS) => rows.put(kind, id, asJson(payload), expiresIn),
    find: (id) => Promise.resolve(rows.find(kind, id)),
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    async consume(id) {
      if ((await rows.consume(kind, id)) === "first") return undefined;
      // Looked at beside another use that came first: as good as a replay (RFC 9700 section 2.1.1).
      const consent = rows.find(kind, id)?.["grantId"];
      if (typeof consent === "string") await endConsent(consent);
      throw new errors.InvalidGrant("it was used already");
    },
    async destroy(id) {
      await rows.drop(kind, id);
      if (kind === "Grant") await endConsent(id);
    },
    revokeByGrantId: (grantId) => endConsent(grantId),
  };
}

const nothing = (): Promise<undefined> => Promise.resolve(undefined);
const forgetful: Adapter = {
  upsert: nothing,
  find: nothing,
  findByUid: nothing,
  findByUserCode: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
};

function clientAdapter({ ports }: AdapterRoom): Adapter {
  return {
    ...forgetful,
    find(id) {
      // A client with a metadata document is looked up by the provider, after `allowFetch`.
      const client = id.startsWith("https://") ? undefined : clientOf(id, ports);
      return Promise.resolve(client === undefined ? undefined : { ...metadataOf(id, client) });
    },
  };
}

/** Storage as the provider wants it, one adapter for each of its kinds. */
export function providerAdapters(room: AdapterRoom): (kind: string) => Adapter {
  return (kind) => {
    if (kind === "Client") return clientAdapter(room);
    return FORGOTTEN.has(kind) ? forgetful : rowAdapter(kind, room);
  };
}
