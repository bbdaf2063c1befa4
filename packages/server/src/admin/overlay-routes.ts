import { readInteger, readObject, readString } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import { param, readSentence } from "./read-values.ts";
import type { Route } from "./route.ts";

const TEXT = { min: 1, max: 65_536 };
const LONGEST_S = 604_800;

/** What one responder forbids at once, and takes back. */
export const overlayRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/overlays",
    access: "local",
    handle: (_, { overlays }) => okAnswer({ overlays: [...overlays.list()] }),
  },
  {
    method: "POST",
    path: "/overlays",
    access: "signed",
    async handle({ body, signer }, { overlays }) {
      const sent = readObject(body, "", ["text", "reason", "for_s"]);
      const wanted = {
        text: readString(sent.text, "/text", TEXT),
        reason: readSentence(sent.reason, "/reason"),
        forMs: readInteger(sent.for_s, "/for_s", { min: 1, max: LONGEST_S }) * 1000,
      };
      return okAnswer(await overlays.put(wanted, signer), 201);
    },
  },
  {
    method: "POST",
    path: "/overlays/{id}/lift",
    access: "signed",
    async handle(request, { overlays }) {
      const { reason } = readObject(request.body, "", ["reason"]);
      const id = param(request, "id");
      return okAnswer(await overlays.lift(id, readSentence(reason, "/reason"), request.signer));
    },
  },
];
