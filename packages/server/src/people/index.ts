export { ENROLMENT_CODE_LIFE_MS, type EnrolmentCode } from "./enrolment-codes.ts";
export { credentialDigest, type Invitation, type NewPerson, openPeople, type People } from "./people.ts";
export { createPeoplePages, type PeoplePages, type PeoplePagesPorts } from "./people-pages.ts";
export type { Passkey, PeoplePorts, PeopleReader, Person } from "./ports.ts";
export { CREDENTIAL_ROOM, PERSON_ROOM } from "./stored-people.ts";
