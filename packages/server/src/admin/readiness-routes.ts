import { PROFILE_NAMES } from "@narrowgate/contracts";
import { readEnum, readObject, readOptional } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { ProfileName } from "./ports/readiness-port.ts";
import { param } from "./read-values.ts";
import type { Route } from "./route.ts";

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
