import { ROLES, type Role } from "@narrowgate/contracts";
import {
  type JsonObject,
  NarrowgateError,
  readArray,
  readEnum,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { InvitationView, PersonView } from "./ports/people-port.ts";
import type { AdminPorts } from "./ports.ts";
import { param, readSentence } from "./read-values.ts";
import type { Route } from "./route.ts";

const MAX_IDENTITIES = 16;

function readRoles(value: unknown, path: string): readonly Role[] {
  return readArray(value, path, (item, at) => readEnum(item, at, ROLES), { max: ROLES.length });
}

/** `<issuer>#<sub>`: the issuer is an http(s) URL, the rest what it calls the person. */
function readIdentity(value: unknown, path: string): string {
  const text = readString(value, path, { min: 3, max: 1024, pattern: /^https?:\/\/[^\s#]+#[^\p{Cc}]+$/u });
  if (!URL.canParse(text.slice(0, text.indexOf("#"))))
    throw new NarrowgateError("malformed_input", `${path}: must be ISSUER#SUB, the issuer an http(s) URL`);
  return text;
}

function readIdentities(value: unknown, path: string): readonly string[] {
  return readArray(value, path, readIdentity, { max: MAX_IDENTITIES });
}

function personJson(
  { ref, name, roles, identities, enrolledAtMs }: PersonView,
  { people }: AdminPorts,
): JsonObject {
  const passkeys = people.credentialsOf(ref).map(({ digest, rpId, authenticator, addedAtMs }) => ({
    credential: digest,
    rp_id: rpId,
    authenticator,
    added_at_ms: addedAtMs,
  }));
  return {
    ref,
    name,
    roles: [...roles],
    identities: [...identities],
    enrolled_at_ms: enrolledAtMs,
    passkeys,
  };
}

/** With the address of the page, where there is one; the code is typed there, or stands in the fragment of a link. */
function invitationJson({ person, code, expiresAtMs }: InvitationView, ports: AdminPorts): JsonObject {
  const { enrolAddress } = ports;
  const where = enrolAddress === undefined ? {} : { address: enrolAddress };
  return { person: personJson(person, ports), code, expires_at_ms: expiresAtMs, ...where };
}

/** Who may sign in and approve. */
export const peopleRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/people",
    access: "signed",
    async handle({ body, signer }, ports) {
      const sent = readObject(body, "", ["name", "roles", "identities"]);
      const asked = {
        name: readSentence(sent.name, "/name"),
        roles: readRoles(sent.roles, "/roles"),
        identities: readOptional(sent.identities, (value) => readIdentities(value, "/identities")) ?? [],
      };
      return okAnswer(invitationJson(await ports.people.invite(asked, signer), ports), 201);
    },
  },
  {
    method: "GET",
    path: "/people",
    access: "local",
    handle: (_, ports) =>
      okAnswer({ people: ports.people.list().map((person) => personJson(person, ports)) }),
  },
  {
    method: "GET",
    path: "/people/{ref}",
    access: "local",
    handle(request, ports) {
      const person = ports.people.person(param(request, "ref"));
      if (person === undefined) throw new NarrowgateError("not_found", "there is no such person");
      return okAnswer(personJson(person, ports));
    },
  },
  {
    method: "POST",
    path: "/people/{ref}",
    access: "signed",
    async handle(request, ports) {
      const sent = readObject(request.body, "", ["roles", "identities"]);
      const roles = readOptional(sent.roles, (value) => readRoles(value, "/roles"));
      const identities = readOptional(sent.identities, (value) => readIdentities(value, "/identities"));
      const to = {
        ...(roles === undefined ? {} : { roles }),
        ...(identities === undefined ? {} : { identities }),
      };
      return okAnswer(
        personJson(await ports.people.change(param(request, "ref"), to, request.signer), ports),
      );
    },
  },
  {
    method: "POST",
    path: "/people/{ref}/codes",
    access: "signed",
    async handle(request, ports) {
      const invitation = await ports.people.inviteAgain(param(request, "ref"), request.signer);
      return okAnswer(invitationJson(invitation, ports), 201);
    },
  },
  {
    method: "DELETE",
    path: "/people/{ref}",
    access: "signed",
    async handle(request, { people }) {
      await people.remove(param(request, "ref"), request.signer);
      return okAnswer({ removed: param(request, "ref") });
    },
  },
  {
    method: "DELETE",
    path: "/people/{ref}/passkeys/{credential}",
    access: "signed",
    async handle(request, { people }) {
      const credential = param(request, "credential");
      await people.removePasskey(param(request, "ref"), credential, request.signer);
      return okAnswer({ removed: credential });
    },
  },
];
