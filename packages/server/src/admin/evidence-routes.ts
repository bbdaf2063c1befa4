import type { ReadBody } from "@narrowgate/contracts";
import { NarrowgateError, utf8 } from "@narrowgate/kernel";
import { type BytesAnswer, okAnswer } from "../platform/http/json-answer.ts";
import type { AdminPorts, Disclosure } from "./ports.ts";
import { param, readCount } from "./read-values.ts";
import type { Route, SignedAdminRequest } from "./route.ts";

const MAX_ENTRIES = 1000;

/**
 * Records a reading, and only then lets it be answered.
 * @throws NarrowgateError `not_found` when there is nothing to read, `evidence_unavailable`
 * @see docs/spec/evidence.md E-2
 */
async function disclose<T>(
  found: Disclosure<T> | undefined,
  what: ReadBody["what"],
  { signer }: SignedAdminRequest,
  { sink }: AdminPorts,
): Promise<T> {
  if (found === undefined) throw new NarrowgateError("not_found", "there is nothing of that name in the log");
  const { from, count, content } = found;
  const body = { auditor: signer.operator, from, count, what };
  await sink.record([{ type: "read", body, proof: { request: signer.jws } }]).durable;
  return content;
}

async function bundleAnswer(request: SignedAdminRequest, ports: AdminPorts): Promise<BytesAnswer> {
  const found = await ports.evidence.bundle(param(request, "id"));
  const bytes = await disclose(found, "openings", request, ports);
  return { status: 200, bytes, contentType: "application/json" };
}

/** What was written down. */
export const evidenceRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/transactions",
    access: "local",
    query: ["after", "limit"],
    async handle(request, { evidence }) {
      const after = request.query.get("after");
      const limit = readCount(request, "limit", { min: 1, max: 1000, absent: 100 });
      return okAnswer(await evidence.transactions({ limit, ...(after === undefined ? {} : { after }) }));
    },
  },
  {
    method: "GET",
    path: "/transactions/{id}",
    access: "signed",
    async handle(request, ports) {
      const found = await ports.evidence.transaction(param(request, "id"));
      return okAnswer(await disclose(found, "openings", request, ports));
    },
  },
  { method: "GET", path: "/transactions/{id}/bundle", access: "signed", handle: bundleAnswer },
  {
    method: "GET",
    path: "/log/checkpoint",
    access: "public",
    async handle(_, { evidence }) {
      const bytes = utf8(await evidence.checkpoint());
      return { status: 200, bytes, contentType: "text/plain; charset=utf-8" };
    },
  },
  {
    method: "GET",
    path: "/log/entries",
    access: "signed",
    query: ["from", "count"],
    async handle(request, ports) {
      const from = readCount(request, "from", { min: 0, max: Number.MAX_SAFE_INTEGER, absent: 0 });
      const count = readCount(request, "count", { min: 1, max: MAX_ENTRIES, absent: 100 });
      return okAnswer(await disclose(await ports.evidence.entries(from, count), "entries", request, ports));
    },
  },
];
