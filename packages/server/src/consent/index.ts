export { consentMetadata } from "./metadata.ts";
export { type Consents, openConsents } from "./open-consent.ts";
export type {
  ConsentPorts,
  MintedToken,
  PeopleByName,
  PersonAtBrowser,
  PersonHere,
  PortRefusal,
  ProvenRequest,
} from "./ports.ts";
export type { ClientRequest } from "./redeem.ts";
export type { StandingConsent } from "./standing-consents.ts";
