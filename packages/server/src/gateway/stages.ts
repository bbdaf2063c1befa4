import type { IncomingMessage } from "node:http";
import type {
  AccessTokenClaims,
  AgentRecord,
  MandateRecord,
  ServerRecord,
  ToolRecord,
} from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { AnswerChannel } from "./http/answer-channel.ts";
import type { RequestHeaders } from "./http/read-headers.ts";
import type { RequestId, RpcNotification, RpcRequest } from "./mcp/json-rpc.ts";
import type { Session } from "./mcp/sessions.ts";
import type { LiveDefinitions } from "./pins/live-definitions.ts";
import type { CallQuestion, CallVerdict, CutToken, Obligations } from "./ports.ts";
import type { Refusal } from "./refusal.ts";
import type { Era, Prepared, Upstream, UpstreamFacts, UpstreamReply } from "./upstream/upstream.ts";

/** A request at the door of one server. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly headers: RequestHeaders;
  readonly channel: AnswerChannel;
  readonly server: ServerRecord;
  /** External URL of the server: audience of its tokens and `htu` of its proofs. */
  readonly url: string;
  /** What is known so far, for the answer and the evidence of a refusal. Written by the step that learns it. */
  readonly known: Known;
  /** Absent: nobody watches. */
  readonly times?: ExchangeTimes;
}

/** When a request came, and when each of its steps was done, by `performance.now()`. */
export interface ExchangeTimes {
  readonly startedMs: number;
  readonly steps: { readonly step: string; readonly endedMs: number }[];
}

/** See {@link Exchange.known}. */
export interface Known {
  id?: RequestId;
  era: Era;
  method?: string;
  /** What it names: a tool, a prompt, or the URI of a resource. Nothing of it was checked. */
  name?: string;
  caller?: CallerEvidence;
  /** What was asked for, once it is resolved. */
  asked?: JsonObject;
  /** The exact body, when the caller's proof signs it. */
  signedBody?: Uint8Array;
  verdict?: CallVerdict;
  /** What the verdict is about. */
  question?: CallQuestion;
  /** The client can show its person an address to open. */
  opensAddresses?: boolean;
  /** `_meta` of the request, as it was sent. */
  meta?: JsonValue;
  /** Leaf id of the decision, once it is queued. */
  entry?: string;
  /** How the upstream ended it. */
  status?: CallStatus;
  /** Set once a permit is on record, so that what fails afterwards is not recorded as a refusal. */
  decided?: "permitted";
}

/** How a call ended, as its outcome says. */
export type CallStatus = "ok" | "tool_error" | "upstream_error" | "timeout" | "cancelled";

/** What another party signed to make this request. Set once the token has verified. */
export interface CallerEvidence {
  readonly claims: AccessTokenClaims;
  readonly token: string;
  readonly agentRef?: string;
  readonly dpop?: string;
  readonly use?: string;
}

/** Stage 1: one well-formed message whose headers agree with it. */
export interface Received {
  readonly exchange: Exchange;
  readonly message: RpcRequest | RpcNotification;
  readonly era: Era;
  readonly body: Uint8Array;
  /** What the client says its session is; proves nothing. */
  readonly sessionId: string | undefined;
}

/** Who calls, with everything about them that holds now. */
export interface Caller {
  readonly claims: AccessTokenClaims;
  readonly token: string;
  readonly dpop: string;
  readonly use: string;
  readonly agent: AgentRecord;
  readonly mandate: MandateRecord;
  readonly bodySigned: boolean;
}

/** Stage 2: token, proof, epochs, agent and mandate hold. */
export interface Authenticated {
  readonly received: Received;
  readonly caller: Caller;
  readonly session: Session | undefined;
}

/** One operation, matched to its registration and pin. */
export interface Operation {
  readonly treatment: "decided";
  readonly kind: "tool" | "resource" | "prompt";
  readonly name: string;
  readonly record: ToolRecord;
  readonly arguments: JsonObject;
  readonly pin: { readonly current: string; readonly approved: string };
  /** Both definitions, when they differ. */
  readonly change?: JsonObject;
}

/** A list that is forwarded and filtered. */
export interface Listing {
  readonly treatment: "listed";
  readonly list: "tools" | "prompts" | "resources" | "resourceTemplates";
}

/** Stage 3: the method is in the table, and what it names is registered. */
export interface Resolved {
  readonly authenticated: Authenticated;
  readonly request: RpcRequest;
  readonly operation: Operation | Listing;
  readonly upstream: Upstream;
  readonly live: LiveDefinitions;
  readonly facts: UpstreamFacts;
  /** What will be forwarded, in the upstream's era. */
  readonly params: JsonObject;
  readonly progressToken: RequestId | undefined;
}

/** Stage 4: policy has spoken, either way. */
export interface Decided {
  readonly resolved: Resolved;
  /** What was decided; absent for a list, of which each call is decided when it comes. */
  readonly question?: CallQuestion;
  readonly verdict: CallVerdict;
}

/** Marks what only a durable record can make. */
export const durableRecord: unique symbol = Symbol("durable record");

/**
 * Stage 5: the permit and the dispatch are durable. Only `commitDecision` makes one, and nothing forwards without one.
 * INVARIANT: no effect before its evidence is durable (architecture invariant 4).
 */
export interface Committed {
  readonly [durableRecord]: true;
  readonly resolved: Resolved;
  readonly decision: string;
  readonly question?: CallQuestion;
  readonly obligations: Obligations;
  readonly prepared: Prepared;
  /** The token the call is made with, on record and not yet signed, where the upstream takes exchanged tokens. */
  readonly cut?: CutToken;
  /** Ends the caller's claim on one of the calls in flight. */
  readonly giveBack: () => void;
  readonly dispatchedAtMs: number;
}

/** Stage 6: the upstream has answered, or has not. */
export interface Forwarded {
  readonly committed: Committed;
  readonly reply: UpstreamReply;
  /** What the call rested on was revoked while it ran. */
  readonly revoked: boolean;
}

/** Stage 7, or an answer by the gate itself: what goes back. No message = accepted. */
export interface Settled {
  readonly kind: "settled";
  readonly status: number;
  readonly message?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a step gives: the next stage, an early answer, or a refusal. */
export type Outcome<T> = T | Settled | Refusal;
