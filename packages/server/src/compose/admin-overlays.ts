import type { JsonObject } from "@narrowgate/kernel";
import type { OverlaysPort } from "../admin/ports/overlays-port.ts";
import type { SignedRequest } from "../admin/ports/signed-request.ts";
import type { PutOverlay } from "../policy-bundles/index.ts";
import { checkOverlays } from "./deciding-policies.ts";
import type { Instance } from "./instance.ts";

/** Overlays as operators see them, and put and lift them. */
export function adminOverlays({
  clock,
  operators,
  overlays,
  policies,
  releases,
}: Pick<Instance, "clock" | "operators" | "overlays" | "policies" | "releases">): OverlaysPort {
  const json = ({ id, text, reason, putAtMs, untilMs, by }: PutOverlay): JsonObject => ({
    id,
    state: clock.nowMs() < untilMs ? "in_force" : "ended",
    text,
    reason,
    by,
    put_at: putAtMs,
    until: untilMs,
  });
  const named = ({ operator, jws }: SignedRequest) => ({
    operator,
    jws,
    name: operators.find(operator)?.name ?? operator,
  });
  return {
    list: () => overlays.list().map(json),
    put: async (wanted, request) =>
      json(await overlays.put(wanted, named(request), (all) => checkOverlays(policies, releases, all))),
    async lift(id, reason, request) {
      const { liftedAtMs, liftedBy, ...overlay } = await overlays.lift(id, reason, named(request));
      return { ...json(overlay), state: "ended", lifted_at: liftedAtMs, lifted_by: liftedBy };
    },
  };
}
