import { NarrowgateError, readArray, readObject } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import { param, readCount, refusedAnswer } from "./read-values.ts";
import { readPolicyFile } from "./registry-routes.ts";
import { LARGE, type Route } from "./route.ts";

function readVersion(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new NarrowgateError("malformed_input", "a version is a whole number; 0 is the newest");
}

/** Policies that are or were in force, and what was decided under them. */
export const policyRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/policies",
    access: "local",
    handle: async (_, { policies }) => okAnswer(await policies.versions()),
  },
  {
    method: "GET",
    path: "/policies/{version}",
    access: "signed",
    async handle(request, { policies }) {
      return okAnswer(await policies.version(readVersion(param(request, "version")), request.signer));
    },
  },
  {
    method: "GET",
    path: "/policy-shadow",
    access: "local",
    handle: (_, { policies }) => okAnswer(policies.shadow()),
  },
  {
    method: "POST",
    path: "/policy-shadow",
    access: "signed",
    limits: LARGE,
    async handle({ body }, { policies }) {
      const { files } = readObject(body, "", ["files"]);
      const refused = policies.putShadow(readArray(files, "/files", readPolicyFile));
      return refused === undefined ? okAnswer(policies.shadow()) : refusedAnswer(refused);
    },
  },
  {
    method: "DELETE",
    path: "/policy-shadow",
    access: "signed",
    async handle(_, { policies }) {
      policies.endShadow();
      return okAnswer(policies.shadow());
    },
  },
  {
    method: "GET",
    path: "/decisions",
    access: "signed",
    query: ["since", "from"],
    async handle(request, { policies }) {
      const sinceMs = readCount(request, "since", { min: 0, max: 2 ** 48, absent: 0 });
      const from = readCount(request, "from", { min: 0, max: 2 ** 40, absent: 0 });
      const page = { sinceMs, ...(request.query.has("from") ? { from } : {}) };
      return okAnswer(await policies.decisions(page, request.signer));
    },
  },
];
