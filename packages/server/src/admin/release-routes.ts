import { MAX_GLASS_S, parseReleasePack } from "@narrowgate/contracts";
import {
  isNarrowgateError,
  type JsonObject,
  NarrowgateError,
  readArray,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { EffectsPort, Stated } from "./ports/releases-port.ts";
import type { SignedRequest } from "./ports/signed-request.ts";
import { param, readSentence } from "./read-values.ts";
import type { Route } from "./route.ts";

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

/** One pack comes with a proposal. */
const PACK = { maxBodyBytes: 8 * 1024 * 1024, maxKeys: 1_000_000 };

/** Reads what an author states of a workload. @throws NarrowgateError `malformed_input` */
export function readStated({ attested, declared }: Readonly<Record<string, unknown>>): Stated {
  return {
    attested: readOptional(attested, (list) => readArray(list, "/attested", readAttested)) ?? [],
    declared: readOptional(declared, readDeclared) ?? {},
  };
}

/** That a release was taken out of force is said, whether or not its calls can be listed. */
function effectsOf(effects: EffectsPort, deployment: string, signer: SignedRequest): Promise<JsonObject> {
  return effects.of(deployment, signer).then(
    (found) => ({ effects: found }),
    (cause: unknown) => ({
      effects_missing: isNarrowgateError(cause) ? cause.publicMessage : "they could not be read",
    }),
  );
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
    limits: PACK,
    async handle({ body, signer }, { releases }) {
      const sent = readObject(body, "", ["agent", "attested", "declared", "tested"]);
      const tested = readOptional(sent.tested, parseReleasePack);
      // What was tested says itself what was stated of it; the release digest holds both to it.
      const stated = tested === undefined ? readStated(sent) : readStated(tested);
      const wanted = { agent: readString(sent.agent, "/agent", word), ...stated };
      const proposed = await releases.propose(tested === undefined ? wanted : { ...wanted, tested }, signer);
      return okAnswer(proposed, 201);
    },
  },
  {
    method: "GET",
    path: "/releases/{id}/pack",
    access: "signed",
    handle: async (request, { packs }) => okAnswer(await packs.release(param(request, "id"), request.signer)),
  },
  {
    method: "GET",
    path: "/releases/{id}/effects",
    access: "signed",
    handle: async (request, { effects }) => okAnswer(await effects.of(param(request, "id"), request.signer)),
  },
  {
    method: "POST",
    path: "/agents/{id}/tested",
    access: "signed",
    async handle(request, { packs }) {
      const stated = readStated(readObject(request.body, "", ["attested", "declared"]));
      return okAnswer(await packs.tested(param(request, "id"), stated, request.signer));
    },
  },
  {
    method: "POST",
    path: "/releases/{id}/promote",
    access: "signed",
    async handle(request, { releases }) {
      const { canary } = readObject(request.body ?? {}, "", ["canary"]);
      const share = readOptional(canary, (value) => readInteger(value, "/canary", { min: 1, max: 50 }));
      return okAnswer(await releases.promote(param(request, "id"), request.signer, share));
    },
  },
  {
    method: "GET",
    path: "/break-glass",
    access: "local",
    handle: (_, { releases }) => okAnswer({ glasses: [...releases.glasses()] }),
  },
  {
    method: "POST",
    path: "/agents/{id}/break-glass",
    access: "signed",
    async handle(request, { releases }) {
      const { reason, seconds } = readObject(request.body, "", ["reason", "seconds"]);
      const wanted = {
        agent: param(request, "id"),
        reason: readSentence(reason, "/reason"),
        seconds: readInteger(seconds, "/seconds", { min: 1, max: MAX_GLASS_S }),
      };
      return okAnswer(await releases.askGlass(wanted, request.signer), 201);
    },
  },
  {
    method: "POST",
    path: "/agents/{id}/rollback",
    access: "signed",
    async handle(request, { effects, releases }) {
      const { to, reason } = readObject(request.body, "", ["to", "reason"]);
      const destination = readOptional(to, (value) => readString(value, "/to", word));
      const wanted = { agent: param(request, "id"), reason: readSentence(reason, "/reason") };
      const done = await releases.rollBack(
        destination === undefined ? wanted : { ...wanted, to: destination },
        request.signer,
      );
      // ORDER: behind the commit that ends it, so that no call is missing.
      const { deployment } = readObject(done.ended, "/ended", Object.keys(Object(done.ended)));
      const made = await effectsOf(effects, readString(deployment, "/ended/deployment"), request.signer);
      return okAnswer({ ...done, ...made });
    },
  },
];
