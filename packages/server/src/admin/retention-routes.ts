import { SEALED_PARTS } from "@narrowgate/contracts";
import {
  NarrowgateError,
  readArray,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { WantedErasure, WantedHold } from "./ports/retention-port.ts";
import { param, readSentence } from "./read-values.ts";
import type { Route } from "./route.ts";

const word = { min: 1, max: 1024 };

function oneOfThem(given: Readonly<Record<string, unknown>>): void {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  if (named.length === 1) return;
  const names = Object.keys(given).join(", ");
  throw new NarrowgateError("malformed_input", `exactly one of ${names} says what it is about`);
}

function readTime(value: unknown): { readonly from: number; readonly to: number } {
  const { from, to } = readObject(value, "/time", ["from", "to"]);
  const time = {
    from: readInteger(from, "/time/from", { min: 0 }),
    to: readInteger(to, "/time/to", { min: 0 }),
  };
  if (time.from > time.to) throw new NarrowgateError("malformed_input", "/time: ends before it begins");
  return time;
}

function readHold(body: unknown): WantedHold {
  const { txn, agent, person, time, reason } = readObject(body, "", [
    "txn",
    "agent",
    "person",
    "time",
    "reason",
  ]);
  oneOfThem({ txn, agent, person, time });
  return {
    reason: readSentence(reason, "/reason"),
    ...(txn === undefined ? {} : { txn: readString(txn, "/txn", word) }),
    ...(agent === undefined ? {} : { agent: readString(agent, "/agent", word) }),
    ...(person === undefined ? {} : { person: readString(person, "/person", word) }),
    ...(time === undefined ? {} : { time: readTime(time) }),
  };
}

function readErasure(body: unknown): WantedErasure {
  const { txn, person, parts, rule } = readObject(body, "", ["txn", "person", "parts", "rule"]);
  oneOfThem({ txn, person });
  const some = readOptional(parts, (list) =>
    readArray(list, "/parts", (item, path) => readEnum(item, path, SEALED_PARTS)),
  );
  return {
    parts: SEALED_PARTS.filter((part) => some === undefined || some.length === 0 || some.includes(part)),
    rule: readString(rule, "/rule", { min: 1, max: 64, pattern: /^[A-Za-z0-9._-]+$/ }),
    ...(txn === undefined ? {} : { txn: readString(txn, "/txn", word) }),
    ...(person === undefined ? {} : { person: readString(person, "/person", word) }),
  };
}

/** Legal holds, and erasure that somebody asks for. */
export const retentionRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/holds",
    access: "local",
    handle: (_, { retention }) => okAnswer({ holds: [...retention.holds()] }),
  },
  {
    method: "POST",
    path: "/holds",
    access: "signed",
    handle: async ({ body, signer }, { retention }) =>
      okAnswer(await retention.place(readHold(body), signer), 201),
  },
  {
    method: "POST",
    path: "/holds/{id}/end",
    access: "signed",
    async handle(request, { retention }) {
      const { reason } = readObject(request.body, "", ["reason"]);
      return okAnswer(
        await retention.end(param(request, "id"), readSentence(reason, "/reason"), request.signer),
      );
    },
  },
  {
    method: "POST",
    path: "/erasures",
    access: "signed",
    handle: async ({ body, signer }, { retention }) =>
      okAnswer(await retention.erase(readErasure(body), signer), 201),
  },
];
