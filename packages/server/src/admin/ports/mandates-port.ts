import type { MandateDocument, MandateRecord } from "@narrowgate/contracts";
import type { SignedRequest } from "./signed-request.ts";

/** The mandates room, as the admin API sees it. */
export interface MandatesPort {
  list(): readonly MandateRecord[];
  open(
    mandate: { readonly document: MandateDocument; readonly assertion?: string },
    request: SignedRequest,
  ): Promise<MandateRecord>;
  /** @throws `mandate_unknown` */
  close(id: string, request: SignedRequest): Promise<void>;
}
