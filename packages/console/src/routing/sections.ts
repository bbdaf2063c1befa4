import type { Route } from "./route.ts";

/** A place that the navigation names. */
export interface Place {
  readonly to: string;
  readonly name: string;
  readonly page: Route["page"];
}

/** Places that belong together; the first one is where the section begins. */
export interface PlaceSection {
  readonly name: string;
  readonly places: readonly [Place, ...Place[]];
  /** Pages that are reached from these places and stand in no navigation. */
  readonly below: readonly Route["page"][];
}

/** The whole console, in the order in which somebody comes to need it. */
export const SECTIONS: readonly PlaceSection[] = [
  { name: "Home", places: [{ to: "/", name: "Home", page: "home" }], below: [] },
  {
    name: "Activity",
    places: [
      { to: "/inbox", name: "Inbox", page: "inbox" },
      { to: "/transactions", name: "Transactions", page: "transactions" },
    ],
    below: ["transaction"],
  },
  {
    name: "Who acts",
    places: [
      { to: "/agents", name: "Agents", page: "agents" },
      { to: "/people", name: "People", page: "people" },
      { to: "/consents", name: "Your consents", page: "consents" },
    ],
    below: ["agent"],
  },
  {
    name: "Policies",
    places: [
      { to: "/policies", name: "Versions", page: "policies" },
      { to: "/policies/editor", name: "Try policies", page: "policy-editor" },
    ],
    below: ["policy-version"],
  },
  {
    name: "Assurance",
    places: [
      { to: "/readiness", name: "Readiness", page: "readiness" },
      { to: "/drills", name: "Drills", page: "drills" },
      { to: "/releases", name: "Releases", page: "releases" },
    ],
    below: ["agent-readiness", "release"],
  },
  {
    name: "Audit",
    places: [
      { to: "/audit", name: "On record", page: "audit" },
      { to: "/verify", name: "Verify a file", page: "verify" },
    ],
    below: ["entry"],
  },
];

/** The section in which a page stands; undefined for an address that is none of ours. */
export function sectionOf(page: Route["page"]): PlaceSection | undefined {
  return SECTIONS.find(
    ({ places, below }) => places.some((place) => place.page === page) || below.includes(page),
  );
}
