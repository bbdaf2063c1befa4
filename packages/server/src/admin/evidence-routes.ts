import { utf8 } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import { param, readCount } from "./read-values.ts";
import type { Route } from "./route.ts";

const BUNDLE_WIDTH = 256;

/** What was written down. Whoever reads more than the public part is an auditor, and leaves a leaf. */
export const evidenceRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/transactions",
    access: "local",
    query: ["after", "limit"],
    // Purposes are sealed: whoever reads them signs, and leaves a leaf.
    async handle(request, { evidence }) {
      const after = request.query.get("after");
      const limit = readCount(request, "limit", { min: 1, max: 1000, absent: 100 });
      const page = { limit, ...(after === undefined ? {} : { after }) };
      return okAnswer(await evidence.transactions(page, request.signer));
    },
  },
  {
    method: "GET",
    path: "/transactions/{id}",
    access: "signed",
    async handle(request, { evidence }) {
      return okAnswer(await evidence.transaction(param(request, "id"), request.signer));
    },
  },
  {
    method: "GET",
    path: "/transactions/{id}/bundle",
    access: "signed",
    async handle(request, { evidence }) {
      const bytes = await evidence.bundle(param(request, "id"), request.signer);
      return { status: 200, bytes, contentType: "application/json" };
    },
  },
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
    query: ["index", "width"],
    async handle(request, { evidence }) {
      const index = readCount(request, "index", { min: 0, max: 2 ** 40, absent: 0 });
      const width = readCount(request, "width", { min: 1, max: BUNDLE_WIDTH, absent: BUNDLE_WIDTH });
      const bytes = await evidence.entries({ index, width }, request.signer);
      return { status: 200, bytes, contentType: "application/octet-stream" };
    },
  },
];
