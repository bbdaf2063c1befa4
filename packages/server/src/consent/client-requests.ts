import type { JsonAnswer } from "../platform/http/json-answer.ts";
import type { AskProvider } from "./ask-provider.ts";
import { type TakenApart, takeAsked } from "./asked-authority.ts";
import { clientOf } from "./consent-clients.ts";
import type { ConsentPorts, PortRefusal } from "./ports.ts";
import { type ClientRequest, innerRefusal, refusedAnswer } from "./redeem.ts";
import { inTurn } from "./token-turn.ts";

/** What requests of clients beside the token endpoint stand on. */
export interface ClientRequestRoom {
  readonly ports: ConsentPorts;
  readonly ask: AskProvider;
}

/** Ours says what it is about; the provider's answer says the rest. */
async function passOn(path: string, { inner }: TakenApart, room: ClientRequestRoom): Promise<JsonAnswer> {
  const answer = await room.ask({ method: "POST", path, form: inner });
  if (answer.status >= 400) return innerRefusal(answer, room.ports);
  const body = typeof answer.body === "object" && answer.body !== null ? answer.body : {};
  return {
    status: answer.status,
    headers: { "dpop-nonce": room.ports.tokens.nonce() },
    body: JSON.parse(JSON.stringify(body)),
  };
}

function prove(
  { form, contentType, dpop }: ClientRequest,
  path: string,
  { ports }: ClientRequestRoom,
): ReturnType<ConsentPorts["tokens"]["prove"]> {
  return ports.tokens.prove({ form, contentType, dpop, url: `${ports.issuer}${path}` });
}

/** The form with the proven key as the one the code will be for. */
function boundTo(jkt: string, sent: ClientRequest["sent"]): TakenApart | PortRefusal {
  const named = sent.find(([name]) => name === "dpop_jkt")?.[1];
  if (named !== undefined && named !== jkt)
    return { kind: "refused", code: "invalid_dpop_proof", description: "`dpop_jkt` names another key" };
  return takeAsked([...sent.filter(([name]) => name !== "dpop_jkt"), ["dpop_jkt", jkt]]);
}

/**
 * A pushed authorization request. A possession proof beside it binds the code to its key.
 * Trust: the request is attacker-controlled. @see RFC 9126; RFC 9449 section 10.1
 */
export async function pushRequest(sent: ClientRequest, room: ClientRequestRoom): Promise<JsonAnswer> {
  if (sent.dpop === undefined) {
    const taken = takeAsked(sent.sent);
    return "kind" in taken ? refusedAnswer(taken, room.ports) : passOn("/par", taken, room);
  }
  const proven = await prove(sent, "/par", room);
  if (proven.kind === "refused") return refusedAnswer(proven, room.ports);
  const taken = boundTo(proven.proof.jkt, sent.sent);
  return "kind" in taken ? refusedAnswer(taken, room.ports) : passOn("/par", taken, room);
}

/** The instance that asks beside the browser: by a possession proof, or by a client assertion under its key. */
async function instanceAsking(
  sent: ClientRequest,
  room: ClientRequestRoom,
): Promise<{ readonly kind: "agent"; readonly client: string; readonly jkt: string } | PortRefusal> {
  const { ports } = room;
  if (sent.dpop === undefined) {
    const found = await ports.tokens.authenticate(sent.sent);
    return found.kind === "refused" ? found : { kind: "agent", client: found.agent, jkt: found.jkt };
  }
  const proven = await prove(sent, "/bc-authorize", room);
  if (proven.kind === "refused") return proven;
  const { jkt } = proven.proof;
  const client = sent.sent.find(([name]) => name === "client_id")?.[1] ?? "";
  const agent = clientOf(client, ports)?.agent.id;
  return agent !== undefined && ports.instances.isKnown(agent, jkt)
    ? { kind: "agent", client, jkt }
    : { kind: "refused", code: "invalid_client" };
}

/**
 * A request beside the browser (CIBA). Only an instance that is known may ask: its key is what authenticates the client.
 * Trust: the request is attacker-controlled. @see OpenID Connect CIBA Core 1.0 section 7
 */
export async function askBeside(sent: ClientRequest, room: ClientRequestRoom): Promise<JsonAnswer> {
  const asking = await instanceAsking(sent, room);
  if (asking.kind === "refused") return refusedAnswer(asking, room.ports);
  const taken = boundTo(asking.jkt, sent.sent);
  if ("kind" in taken) return refusedAnswer(taken, room.ports);
  taken.inner.set("client_id", asking.client);
  return inTurn(asking.jkt, () => passOn("/bc-authorize", taken, room));
}
