import type { IncomingMessage } from "node:http";
import type {
  AgentRecord,
  ErrorCode,
  EvidenceSink,
  MandateDocument,
  MandateRecord,
  RegistryReader,
  StateChange,
  StateReader,
  WorkloadBinding,
} from "@narrowgate/contracts";
import type { Clock, JsonObject, JsonValue } from "@narrowgate/kernel";

/** A person who is signed in at this browser. */
export interface PersonHere {
  /** Her ref in evidence. */
  readonly ref: string;
  readonly name: string;
  /** Whether she used a passkey here a few minutes ago at most. */
  readonly isFresh: boolean;
}

/** Who sits at the browser a request came from. Made by the people room. */
export interface PersonAtBrowser {
  /** Trust: the request is attacker-controlled. */
  current(request: Pick<IncomingMessage, "headers">): PersonHere | undefined;
  /** Address of the sign-in, on our own origin. @param returnTo - path of ours to come back to */
  signInUrl(returnTo: string): string;
}

/** People by name, for requests beside the browser. Made by the people room. */
export interface PeopleByName {
  person(ref: string): { readonly ref: string; readonly name: string } | undefined;
  /** @param identity - `<issuer>#<sub>` */
  byIdentity(identity: string): { readonly ref: string; readonly name: string } | undefined;
}

/** A refusal by a port: the catalogue code and what the caller may read. */
export interface PortRefusal {
  readonly kind: "refused";
  readonly code: ErrorCode;
  readonly description?: string;
}

/** An agent's request that came with a possession proof which held. */
export interface ProvenRequest {
  /** The form as it was sent. */
  readonly form: string;
  readonly contentType: string | undefined;
  readonly dpop: string;
  /** External address it was sent to. */
  readonly url: string;
  readonly proof: {
    readonly jkt: string;
    readonly jwk: JsonObject;
    readonly use: string;
    readonly bodySha256?: string;
  };
}

/** A token that is on record and signed. */
export interface MintedToken {
  readonly kind: "minted";
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly scope: string;
  readonly details: readonly JsonObject[];
}

/** What the room asks of the token service. */
export interface TokenServicePort {
  /** Checks the one possession proof of a request. */
  prove(input: {
    readonly form: string;
    readonly contentType: string | undefined;
    readonly dpop: string | undefined;
    readonly url: string;
  }): Promise<({ readonly kind: "proven" } & ProvenRequest) | PortRefusal>;
  /** Authenticates an agent by a client assertion that an instance of it signed. */
  authenticate(
    sent: readonly (readonly [string, string])[],
  ): Promise<{ readonly kind: "agent"; readonly agent: string; readonly jkt: string } | PortRefusal>;
  /**
   * Makes a token under a mandate: target, narrowing, policy, evidence, signature.
   * @param input.changes - state that changes in the same commit
   */
  mint(input: {
    readonly request: ProvenRequest;
    readonly agent: string;
    readonly mandate: string;
    readonly changes: readonly StateChange[];
  }): Promise<MintedToken | PortRefusal>;
  /** Address of a server at the gate: what its details are reached by. */
  serverUrl(server: string): string;
  nonce(): string;
}

/** What the room asks of attestation. */
export interface InstancePort {
  /** Whether this key is a live instance of the agent. */
  isKnown(agent: string, jkt: string): boolean;
  /** Lets the key in as an instance of the agent, on record. */
  admit(input: {
    readonly agent: string;
    readonly jkt: string;
    readonly jwk: JsonObject;
    readonly dpop: string;
    /** The rule by which people let keys of the client in. */
    readonly binding: WorkloadBinding;
    readonly claims: JsonObject;
  }): Promise<{ readonly kind: "admitted" } | PortRefusal>;
}

/** What the room asks of the mandates. */
export interface ConsentedMandates {
  /**
   * Opens what a person said yes to.
   * @param statement - this room's own, over its digest; absent where she used no passkey for it: then it is somebody's word
   */
  open(document: MandateDocument, statement: string | undefined): Promise<MandateRecord>;
  mandate(id: string): MandateRecord | undefined;
  /** When an open mandate was last used, Unix milliseconds; undefined when nobody used it since it, or this process, began. */
  lastUsedMs(id: string): number | undefined;
  /** Ends it, and revokes what hangs below; durable. */
  end(id: string): Promise<void>;
}

/** The token key that signs at this moment. */
export interface SigningKey {
  readonly kid: string;
  readonly jwk: JsonObject;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** What the consent room needs; supplied by compose. */
export interface ConsentPorts {
  /** Issuer = external base URL, without a trailing slash and without a path. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly registry: Pick<RegistryReader, "agent" | "server"> & {
    agents(): readonly AgentRecord[];
    /** Rises with each change. */
    revision(): number;
  };
  readonly evidence: Pick<EvidenceSink, "record">;
  readonly state: StateReader;
  readonly browser: PersonAtBrowser;
  readonly people: PeopleByName;
  readonly mandates: ConsentedMandates;
  readonly tokens: TokenServicePort;
  readonly instances: InstancePort;
  readonly signer: () => SigningKey;
  /** The one way out to other hosts. @throws `fetch_refused`, `fetch_failed` */
  readonly fetchJson: (url: string) => Promise<JsonValue>;
  /** Seconds. */
  readonly bounds: { readonly maxLifeSeconds: number; readonly maxIdleSeconds: number };
  /** Told of failures of our own; never of input. */
  readonly report: (cause: unknown) => void;
}
