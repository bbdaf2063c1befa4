import {
  type AgentRecord,
  ERROR_CATALOGUE,
  type ErrorCode,
  parseMandateDocument,
} from "@narrowgate/contracts";
import { parseStrictJson, readArray, readObject, readOptional, readString } from "@narrowgate/kernel";
import type { Mandates } from "../mandates/mandates.ts";
import type { JsonAnswer } from "../platform/http/json-answer.ts";
import { authenticateAgent, type InstanceRecord, type StsPorts, standingFault } from "../sts/index.ts";
import { ceilingAnswer } from "./ceiling-answer.ts";
import type { PublicRequest, PublicRoute } from "./public-front.ts";

const MEMBERS = ["document", "assertion", "mandate", "servers", "client_assertion", "client_assertion_type"];
const MAX_ASSERTION = 16 * 1024;

type Body = ReturnType<typeof readBody>;

function readBody(body: Uint8Array) {
  const row = readObject(parseStrictJson(body, { maxBytes: 64 * 1024, maxDepth: 16 }), "", MEMBERS);
  const text = (name: string) =>
    readOptional(Reflect.get(row, name), (value) =>
      readString(value, `/${name}`, { min: 1, max: MAX_ASSERTION }),
    );
  const credentials = ["client_assertion", "client_assertion_type"].flatMap((name) => {
    const value = text(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const servers = (): readonly string[] =>
    readOptional(row.servers, (value) =>
      readArray(value, "/servers", (item, path) => readString(item, path, { min: 1, max: 128 })),
    ) ?? [];
  return { row, text, servers, params: new Map<string, string>(credentials) };
}

/**
 * Addresses at which an agent opens and closes mandates given to it, and reads what it may ask for, and whether a mandate
 * it names would do. The agent proves itself as at the token endpoint:
 * client assertion and possession proof under one key.
 */
export function mandateRoutes(mandates: Mandates, ports: StsPorts): readonly PublicRoute[] {
  const withAgent =
    (
      path: string,
      act: (agent: AgentRecord, body: Body, key: InstanceRecord) => Promise<JsonAnswer> | JsonAnswer,
    ) =>
    async (request: PublicRequest): Promise<JsonAnswer> => {
      const body = readBody(request.body);
      const caller = await authenticateAgent(
        { params: body.params, dpop: request.dpop, url: `${ports.issuer}${path}`, body: request.body },
        ports,
      );
      if (caller.kind === "agent") return act(caller.client, body, caller.instance);
      const row = ERROR_CATALOGUE[caller.code];
      return {
        status: row.http === 200 ? 403 : row.http,
        headers: { "dpop-nonce": ports.proofs.nonce() },
        body: { error: row.oauth, error_description: caller.description ?? row.sentence, code: caller.code },
      };
    };
  return [
    {
      method: "POST",
      path: "/mandates",
      answer: withAgent("/mandates", async ({ id: agent }, { row, text }, key) => {
        if (standingFault(key) !== undefined) return refusal("unauthorized_client");
        const document = parseMandateDocument(row.document);
        if (document.agent !== agent) return refusal("actor_unauthorized");
        const assertion = text("assertion");
        const opened = await mandates.open({
          document,
          by: "agent",
          ...(assertion === undefined ? {} : { assertion }),
        });
        return { status: 201, body: { mandate: opened.id, txn: opened.txn, basis: opened.basis } };
      }),
    },
    {
      method: "POST",
      path: "/mandates/close",
      answer: withAgent("/mandates/close", async ({ id: agent }, { text }) => {
        const id = text("mandate") ?? "";
        if (mandates.mandate(id)?.document.agent !== agent) return refusal("mandate_unknown");
        await mandates.end(id, "closed", { by: "owner" });
        return { status: 200, body: { mandate: id, state: "closed" } };
      }),
    },
    {
      method: "POST",
      path: "/ceiling",
      answer: withAgent("/ceiling", (agent, { servers, text }) => {
        const refused = mandateFault(agent, text("mandate"), { mandates, ports });
        return refused === undefined
          ? { status: 200, body: ceilingAnswer(agent, servers(), ports) }
          : refusal(refused);
      }),
    },
  ];
}

/** Why an agent can get no token under a mandate it names; undefined when it can, or names none. Gives nothing. */
function mandateFault(
  { id: agent, tier }: AgentRecord,
  mandate: string | undefined,
  { mandates, ports }: { readonly mandates: Mandates; readonly ports: StsPorts },
): ErrorCode | undefined {
  if (mandate === undefined) return undefined;
  // ORDER: whose it is comes first, so that nobody's use of it is noted but its own agent's.
  if (mandates.mandate(mandate)?.document.agent !== agent) return "mandate_unknown";
  const open = mandates.checkOpen(mandate, ports.clock.nowMs());
  if (open.kind === "refused") return open.code;
  if (ports.epochs.current(`mandate:${mandate}`) > 0) return "revoked";
  return tier === "T3" && open.mandate.basis !== "signed_by_subject" ? "subject_unproven" : undefined;
}

function refusal(code: ErrorCode): JsonAnswer {
  const { http, oauth, sentence } = ERROR_CATALOGUE[code];
  return { status: http, body: { error: oauth, error_description: sentence, code } };
}
