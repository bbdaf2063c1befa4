import {
  canonicalBytes,
  type JsonObject,
  NarrowgateError,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import { operatorJson } from "./describe-records.ts";
import type { EnrolmentInput } from "./ports/operators-port.ts";
import { param, readJsonObject, readSentence } from "./read-values.ts";
import type { AdminRequest, Route } from "./route.ts";

const MEMBERS = ["name", "jwk", "code", "signature"] as const;

/** What the new key signed: the body without the signature itself, in canonical form. */
function signedPart(name: string, jwk: JsonObject, code: string | undefined): Uint8Array {
  return canonicalBytes({ name, jwk, ...(code === undefined ? {} : { code }) });
}

function readEnrolment({ body, seen }: AdminRequest): {
  enrolment: EnrolmentInput;
  code: string | undefined;
} {
  const sent = readObject(body, "", MEMBERS);
  const name = readSentence(sent.name, "/name");
  const jwk = readJsonObject(sent.jwk, "/jwk");
  const code = readOptional(sent.code, (value) => readString(value, "/code", { min: 1, max: 64 }));
  const signature = readString(sent.signature, "/signature", { max: 4096 });
  return { enrolment: { name, jwk, signature, seen: { ...seen, body: signedPart(name, jwk, code) } }, code };
}

/** Who may sign. */
export const operatorRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/operators",
    access: "optional",
    async handle(request, { operators }) {
      const { enrolment, code } = readEnrolment(request);
      if (request.signer !== undefined) {
        return okAnswer(operatorJson(await operators.enrol(enrolment, request.signer)), 201);
      }
      if (code === undefined) {
        throw new NarrowgateError(
          "malformed_input",
          "/code: give the code from the server's terminal, or sign the request",
        );
      }
      return okAnswer(operatorJson(await operators.enrolFirst(enrolment, code)), 201);
    },
  },
  {
    method: "GET",
    path: "/operators",
    access: "local",
    handle: (_, { operators }) => okAnswer({ operators: operators.list().map(operatorJson) }),
  },
  {
    method: "DELETE",
    path: "/operators/{ref}",
    access: "signed",
    async handle(request, { operators }) {
      await operators.remove(param(request, "ref"), request.signer);
      return okAnswer({ removed: param(request, "ref") });
    },
  },
];
