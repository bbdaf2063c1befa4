import { PROFILE_NAMES } from "@narrowgate/contracts";
import { type JsonObject, readEnum, readObject, readOptional } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { SignedRequest } from "./ports.ts";
import { param } from "./read-values.ts";
import type { Route } from "./route.ts";

/** Name of a gate profile. */
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** Evaluations and waivers, as the admin API sees them. */
export interface ReadinessPort {
  /** Facts of the newest evaluation since the start. @throws `not_found` */
  newest(agent: string, profile: ProfileName | undefined): Promise<JsonObject>;
  /** Evaluates now, and gives the same. @throws `not_found`, `policy_missing`, `evidence_unavailable` */
  evaluate(agent: string, profile: ProfileName | undefined): Promise<JsonObject>;
  /** The catalogue of controls, drills, questions and clauses. */
  catalogue(): JsonObject;
  waivers(): readonly JsonObject[];
  /** @throws `waiver_refused`, `conflict` */
  askWaiver(waiver: unknown, request: SignedRequest): Promise<JsonObject>;
  /** @throws `waiver_refused`, `not_found`, `conflict` */
  agree(id: string, request: SignedRequest): Promise<JsonObject>;
  /** @throws `not_found`, `conflict` */
  endWaiver(id: string, request: SignedRequest): Promise<JsonObject>;
}

function readProfile(value: unknown): ProfileName | undefined {
  return readOptional(value, (name) => readEnum(name, "/profile", PROFILE_NAMES));
}

/** Readiness of agents, the catalogue of controls, and waivers. */
export const readinessRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/readiness/{agent}",
    access: "local",
    query: ["profile"],
    handle: async (request, { readiness }) =>
      okAnswer(await readiness.newest(param(request, "agent"), readProfile(request.query.get("profile")))),
  },
  {
    method: "POST",
    path: "/readiness/{agent}",
    access: "signed",
    async handle(request, { readiness }) {
      const { profile } = readObject(request.body ?? {}, "", ["profile"]);
      return okAnswer(await readiness.evaluate(param(request, "agent"), readProfile(profile)), 201);
    },
  },
  {
    method: "GET",
    path: "/controls",
    access: "local",
    handle: (_, { readiness }) => okAnswer(readiness.catalogue()),
  },
  {
    method: "GET",
    path: "/waivers",
    access: "local",
    handle: (_, { readiness }) => okAnswer({ waivers: [...readiness.waivers()] }),
  },
  {
    method: "POST",
    path: "/waivers",
    access: "signed",
    handle: async ({ body, signer }, { readiness }) => okAnswer(await readiness.askWaiver(body, signer), 201),
  },
  {
    method: "POST",
    path: "/waivers/{id}/agree",
    access: "signed",
    handle: async (request, { readiness }) =>
      okAnswer(await readiness.agree(param(request, "id"), request.signer)),
  },
  {
    method: "POST",
    path: "/waivers/{id}/end",
    access: "signed",
    handle: async (request, { readiness }) =>
      okAnswer(await readiness.endWaiver(param(request, "id"), request.signer)),
  },
];
