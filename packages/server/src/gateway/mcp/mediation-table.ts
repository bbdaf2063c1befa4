/** Who sends a message. */
export type Direction = "client to server" | "server to client";

/**
 * What the gate does with a message:
 * `decided` = one operation, checked against pin, authority and policy, recorded, forwarded;
 * `listed` = recorded, forwarded, and the answer filtered; `answered` = by the gate itself; `mapped` = passed with ids exchanged;
 * `dropped` = taken and not passed on; `refused` = answered with an error.
 */
export type Treatment = "decided" | "listed" | "answered" | "mapped" | "dropped" | "refused";

/** One method of the protocol and what becomes of it. What is not in the table is refused. */
export interface MediationRow {
  readonly method: string;
  readonly direction: Direction;
  readonly kind: "request" | "notification";
  readonly eras: "both" | "modern" | "earlier";
  readonly treatment: Treatment;
  readonly why: string;
}

type Rest = readonly [MediationRow["method"], MediationRow["kind"], MediationRow["eras"], Treatment, string];

const fromClient: readonly Rest[] = [
  ["tools/call", "request", "both", "decided", "It acts. The unit of authority, policy and evidence."],
  ["resources/read", "request", "both", "decided", "It discloses data. The URI is what authority names."],
  [
    "prompts/get",
    "request",
    "both",
    "decided",
    "Its text steers the agent, and its arguments reach the server.",
  ],
  [
    "tools/list",
    "request",
    "both",
    "listed",
    "Shows only tools that are registered, pinned, unchanged and within authority.",
  ],
  ["prompts/list", "request", "both", "listed", "As for tools."],
  ["resources/list", "request", "both", "listed", "Shows only URIs of registered families within authority."],
  ["resources/templates/list", "request", "both", "listed", "As for resources."],
  [
    "initialize",
    "request",
    "earlier",
    "answered",
    "The session is with the gate; the server's own session is shared by all callers.",
  ],
  [
    "server/discover",
    "request",
    "modern",
    "answered",
    "The gate says what it passes, not what the server could do.",
  ],
  ["ping", "request", "earlier", "answered", "It asks whether the peer is alive, and the peer is the gate."],
  [
    "subscriptions/listen",
    "request",
    "modern",
    "answered",
    "List changes come from the gate's own view; resource updates are not offered.",
  ],
  [
    "notifications/cancelled",
    "notification",
    "earlier",
    "mapped",
    "Cancels the caller's own call and no other.",
  ],
  [
    "notifications/initialized",
    "notification",
    "earlier",
    "dropped",
    "It concerns the session with the gate.",
  ],
  [
    "notifications/progress",
    "notification",
    "earlier",
    "dropped",
    "It belongs to requests of the server, which are refused.",
  ],
  [
    "notifications/roots/list_changed",
    "notification",
    "earlier",
    "dropped",
    "The gate offers the server no roots.",
  ],
  [
    "resources/subscribe",
    "request",
    "earlier",
    "refused",
    "Updates of a shared server cannot be told apart by caller.",
  ],
  ["resources/unsubscribe", "request", "earlier", "refused", "As for resources/subscribe."],
  [
    "logging/setLevel",
    "request",
    "earlier",
    "refused",
    "The level of a shared server is not one caller's to set.",
  ],
  [
    "completion/complete",
    "request",
    "both",
    "refused",
    "It discloses values by a message that the record of a decision does not describe.",
  ],
  [
    "tasks/get",
    "request",
    "both",
    "refused",
    "A task would outlive its decision; calls are answered directly.",
  ],
  ["tasks/result", "request", "both", "refused", "As for tasks/get."],
  ["tasks/update", "request", "both", "refused", "As for tasks/get."],
  ["tasks/cancel", "request", "both", "refused", "As for tasks/get."],
  ["tasks/list", "request", "both", "refused", "It would show the work of other callers."],
];

const ifRegistered =
  "a request of an earlier server never passes; a modern one may ask in an answer (`inputRequests`) when its registration allows it.";

const fromServer: readonly Rest[] = [
  [
    "elicitation/create",
    "request",
    "both",
    "refused",
    `A server asking people for input is a way around the gate: ${ifRegistered}`,
  ],
  [
    "sampling/createMessage",
    "request",
    "both",
    "refused",
    `A server steering the agent's model is a way around the gate: ${ifRegistered}`,
  ],
  ["roots/list", "request", "both", "refused", `It discloses the agent's own files: ${ifRegistered}`],
  ["ping", "request", "earlier", "answered", "The gate is the peer."],
  [
    "notifications/progress",
    "notification",
    "both",
    "mapped",
    "Goes to the one call it names, with the caller's own token.",
  ],
  [
    "notifications/tools/list_changed",
    "notification",
    "both",
    "answered",
    "The gate reads the definitions again and tells its own listeners.",
  ],
  ["notifications/prompts/list_changed", "notification", "both", "answered", "As for tools."],
  ["notifications/resources/list_changed", "notification", "both", "answered", "As for tools."],
  [
    "notifications/message",
    "notification",
    "both",
    "dropped",
    "The log of a shared server could tell one caller about another.",
  ],
  ["notifications/resources/updated", "notification", "both", "dropped", "Nobody can have subscribed."],
  [
    "notifications/cancelled",
    "notification",
    "both",
    "dropped",
    "The server has no request open at a client.",
  ],
  ["notifications/tasks/status", "notification", "both", "dropped", "There are no tasks."],
  ["notifications/elicitation/complete", "notification", "earlier", "dropped", "There is no elicitation."],
];

function rows(direction: Direction, rest: readonly Rest[]): MediationRow[] {
  return rest.map(([method, kind, eras, treatment, why]) => ({
    method,
    direction,
    kind,
    eras,
    treatment,
    why,
  }));
}

/** Every JSON-RPC method of both eras, in both directions. INVARIANT: a method that is not here is refused. */
export const mediationTable: readonly MediationRow[] = [
  ...rows("client to server", fromClient),
  ...rows("server to client", fromServer),
];

const byKey: ReadonlyMap<string, MediationRow> = new Map(
  mediationTable.map((row) => [`${row.direction} ${row.kind} ${row.method}`, row]),
);

/**
 * Looks a message up.
 * Trust: `method` is a stranger's.
 * @returns undefined for what the table does not know in that era, which is refused
 */
export function mediate(
  direction: Direction,
  kind: MediationRow["kind"],
  method: string,
  era: "modern" | "earlier",
): MediationRow | undefined {
  const row = byKey.get(`${direction} ${kind} ${method}`);
  return row === undefined || (row.eras !== "both" && row.eras !== era) ? undefined : row;
}
