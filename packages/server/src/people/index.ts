export { ENROLMENT_CODE_LIFE_MS, type EnrolmentCode } from "./enrolment-codes.ts";
export { credentialDigest, type Invitation, type NewPerson, openPeople, type People } from "./people.ts";
export { createPeoplePages, type PeoplePagesPorts } from "./people-pages.ts";
export type { Passkey, PeoplePorts, PeopleReader, Person, ProviderSettings } from "./ports.ts";
export { createSignInSite, type SignedIn, type SignInPorts, type SignInSite } from "./sign-in-site.ts";
export { PERSON_ROOM } from "./stored-people.ts";
