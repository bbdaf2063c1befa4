import { type JsonObject, readObject, readString } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { WitnessView } from "./ports/witnesses-port.ts";
import type { Route } from "./route.ts";

const maxText = 512;

function witnessJson({ cosignedSize, cosignedAtMs, ...rest }: WitnessView): JsonObject {
  return {
    ...rest,
    ...(cosignedSize === undefined ? {} : { cosigned_size: cosignedSize }),
    ...(cosignedAtMs === undefined ? {} : { cosigned_at_ms: cosignedAtMs }),
  };
}

/** Who is asked to cosign checkpoints. */
export const witnessRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/witnesses",
    access: "local",
    handle: (_, { witnesses }) => okAnswer({ witnesses: witnesses.list().map(witnessJson) }),
  },
  {
    method: "POST",
    path: "/witnesses",
    access: "signed",
    async handle(request, { witnesses }) {
      const sent = readObject(request.body, "", ["url", "key"]);
      const url = readString(sent.url, "/url", { min: 1, max: maxText });
      const key = readString(sent.key, "/key", { min: 1, max: maxText });
      await witnesses.add({ url, key }, request.signer);
      return okAnswer({ url, key }, 201);
    },
  },
  {
    // The name stands in the body: a verifier key may hold a slash, and no path of ours takes one in a part.
    method: "POST",
    path: "/witnesses/remove",
    access: "signed",
    async handle(request, { witnesses }) {
      const { name } = readObject(request.body, "", ["name"]);
      const named = readString(name, "/name", { min: 1, max: maxText });
      const { url, key } = await witnesses.remove(named, request.signer);
      return okAnswer({ url, key });
    },
  },
];
