import type { SignedRequest } from "../admin/ports/signed-request.ts";
import type { AuditorRequest } from "../evidence/public-log.ts";

/** An operator who reads evidence, as the log names them. */
export function auditorOf({ operator, jws }: SignedRequest): AuditorRequest {
  return { auditor: operator, request: jws };
}
