import { parseMandateDocument, REVOCABLE_KINDS, type RevocableKind } from "@narrowgate/contracts";
import { isId, NarrowgateError, readEnum, readObject, readOptional, readString } from "@narrowgate/kernel";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import { okAnswer } from "../platform/http/json-answer.ts";
import { mandateJson } from "./describe-records.ts";
import type { AdminPorts } from "./ports.ts";
import { pageJson, pageOf, param, readSentence } from "./read-values.ts";
import type { Route } from "./route.ts";

const DIGEST_LENGTH = 43;

/** The ref by which something is revoked. A name is looked up; a token is named by its `jti` or its digest. */
async function refOf(kind: RevocableKind, id: string, ports: AdminPorts): Promise<string> {
  if (kind === "all") return "all";
  if (kind === "token") return isId(id) && id.length !== DIGEST_LENGTH ? sha256Base64url(id) : id;
  if (kind === "agent") {
    const ref = ports.registry.agent(id)?.ref;
    if (ref !== undefined) return ref;
  }
  return (await ports.refOf(kind, id)) ?? id;
}

/** Mandates, and what is taken back. */
export const mandateRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/mandates",
    access: "signed",
    async handle(request, { mandates }) {
      const sent = readObject(request.body, "", ["document", "assertion"]);
      const document = parseMandateDocument(sent.document);
      const assertion = readOptional(sent.assertion, (value) =>
        readString(value, "/assertion", { min: 1, max: 16_384 }),
      );
      const mandate = { document, ...(assertion === undefined ? {} : { assertion }) };
      return okAnswer(mandateJson(await mandates.open(mandate, request.signer)), 201);
    },
  },
  {
    method: "GET",
    path: "/mandates",
    access: "local",
    query: ["after", "limit"],
    handle(request, { mandates }) {
      const page = pageOf(request, mandates.list(), ({ id }) => id);
      return okAnswer(pageJson("mandates", { ...page, items: page.items.map(mandateJson) }));
    },
  },
  {
    method: "POST",
    path: "/mandates/{id}/close",
    access: "signed",
    async handle(request, { mandates }) {
      await mandates.close(param(request, "id"), request.signer);
      return okAnswer({ closed: param(request, "id") });
    },
  },
  {
    method: "POST",
    path: "/revocations",
    access: "signed",
    async handle(request, ports) {
      const sent = readObject(request.body, "", ["kind", "id", "reason"]);
      const kind = readEnum(sent.kind, "/kind", REVOCABLE_KINDS);
      const name = readString(sent.id, "/id", { min: 1, max: 1024 });
      const reason = readSentence(sent.reason, "/reason");
      const id = await refOf(kind, name, ports);
      if (kind !== "all" && !isId(id))
        throw new NarrowgateError("not_found", "there is nothing of that name to revoke");
      const named = id === name || kind === "token" ? {} : { name };
      const { feed, epoch } = await ports.revoke({ kind, id, reason, ...named }, request.signer);
      return okAnswer({ kind, id, feed, epoch }, 201);
    },
  },
];
