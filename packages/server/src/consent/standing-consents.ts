import type { MandateRecord } from "@narrowgate/contracts";
import type { Consent, ConsentTable } from "./consent-table.ts";
import type { ConsentPorts } from "./ports.ts";

/** A consent that can still be used, and the mandate that came of it. Personal data: who, and for what. */
export interface StandingConsent {
  readonly consent: Consent;
  readonly mandate: MandateRecord;
  /** Unix milliseconds; absent: nothing was done under it since it was given, or since this process began. */
  readonly lastUsedMs?: number;
}

/** Consents whose mandates are open, youngest first. @param person - ref; absent: everybody's */
export function standingConsents(
  { ports: { mandates }, consents }: { readonly ports: ConsentPorts; readonly consents: ConsentTable },
  person?: string,
): readonly StandingConsent[] {
  const wanted = consents.list().filter((consent) => person === undefined || consent.person === person);
  const standing = wanted.flatMap((consent): StandingConsent[] => {
    const mandate = mandates.mandate(consent.mandate);
    if (mandate?.state !== "open") return [];
    const lastUsedMs = mandates.lastUsedMs(mandate.id);
    return [{ consent, mandate, ...(lastUsedMs === undefined ? {} : { lastUsedMs }) }];
  });
  return standing.sort((a, b) => b.consent.atMs - a.consent.atMs);
}
