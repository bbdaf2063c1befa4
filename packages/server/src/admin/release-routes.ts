import {
  type JsonObject,
  NarrowgateError,
  readArray,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { SignedRequest } from "./ports.ts";
import { param, readSentence } from "./read-values.ts";
import { LARGE, type Route } from "./route.ts";

/** The releases room, as the admin API sees it. */
export interface ReleasesPort {
  /** @throws `not_found`, `conflict`, `release_drifted`, `policy_missing`, `evidence_unavailable` */
  propose(
    wanted: {
      readonly agent: string;
      readonly attested: readonly { readonly by: string; readonly claim: string; readonly value: string }[];
      readonly declared: Readonly<Record<string, string>>;
    },
    request: SignedRequest,
  ): Promise<JsonObject>;
  /** @throws `release_not_signed`, `release_not_ready`, `release_drifted`, `conflict`, `not_found` */
  promote(id: string, request: SignedRequest): Promise<JsonObject>;
  /** @throws `not_found`, `conflict` */
  rollBack(
    wanted: { readonly agent: string; readonly to?: string; readonly reason: string },
    request: SignedRequest,
  ): Promise<JsonObject>;
  list(): readonly JsonObject[];
  /** @throws `not_found` */
  show(id: string): JsonObject;
}

const word = { min: 1, max: 1024 };

function readDeclared(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NarrowgateError("malformed_input", "/declared: must be an object of texts");
  const members = Object.entries(value).map(([name, item]) => [
    name,
    readString(item, `/declared/${name}`, word),
  ]);
  return Object.fromEntries(members);
}

function readAttested(value: unknown, path: string) {
  const row = readObject(value, path, ["by", "claim", "value"]);
  return {
    by: readString(row.by, `${path}/by`, word),
    claim: readString(row.claim, `${path}/claim`, word),
    value: readString(row.value, `${path}/value`, word),
  };
}

/** Releases: proposed and promoted by operators, signed by people at the approval origin. */
export const releaseRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/releases",
    access: "local",
    handle: (_, { releases }) => okAnswer({ releases: [...releases.list()] }),
  },
  {
    method: "GET",
    path: "/releases/{id}",
    access: "local",
    handle: (request, { releases }) => okAnswer(releases.show(param(request, "id"))),
  },
  {
    method: "POST",
    path: "/releases",
    access: "signed",
    limits: LARGE,
    async handle({ body, signer }, { releases }) {
      const sent = readObject(body, "", ["agent", "attested", "declared"]);
      const wanted = {
        agent: readString(sent.agent, "/agent", word),
        attested: readOptional(sent.attested, (list) => readArray(list, "/attested", readAttested)) ?? [],
        declared: readOptional(sent.declared, readDeclared) ?? {},
      };
      return okAnswer(await releases.propose(wanted, signer), 201);
    },
  },
  {
    method: "POST",
    path: "/releases/{id}/promote",
    access: "signed",
    handle: async (request, { releases }) =>
      okAnswer(await releases.promote(param(request, "id"), request.signer)),
  },
  {
    method: "POST",
    path: "/agents/{id}/rollback",
    access: "signed",
    async handle(request, { releases }) {
      const { to, reason } = readObject(request.body, "", ["to", "reason"]);
      const destination = readOptional(to, (value) => readString(value, "/to", word));
      const wanted = { agent: param(request, "id"), reason: readSentence(reason, "/reason") };
      return okAnswer(
        await releases.rollBack(
          destination === undefined ? wanted : { ...wanted, to: destination },
          request.signer,
        ),
      );
    },
  },
];
