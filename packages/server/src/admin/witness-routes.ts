import { readObject, readString } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { Route } from "./route.ts";

const maxText = 512;

/** Who is asked to cosign checkpoints. */
export const witnessRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/witnesses",
    access: "local",
    handle: (_, { witnesses }) =>
      okAnswer({ witnesses: witnesses.list().map((witness) => ({ ...witness })) }),
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
];
