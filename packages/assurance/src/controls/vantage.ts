/** Sentences that say who could have forged or suppressed what a control looks at. Each is true of every control that uses it. */

/** What leaves say is what the gate wrote. */
export const GATE_WROTE =
  "The gate wrote these leaves itself: a gate that lies can forge or leave out what it records. Witnesses of the log show that nothing was rewritten since.";

/** What lies beyond the gate is not looked at. */
export const NOT_BEYOND = "What reaches a resource without passing the gate is not seen here (EVD-04).";

/** What an operator signed. */
export const OPERATOR_SIGNED =
  "Registrations and policies carry an operator's signature, which the gate cannot make; that it leaves none out rests on the log.";

/** What people signed with passkeys. */
export const PEOPLE_SIGNED =
  "Signatures of people are checked against the leaf alone here; the offline verifier checks them as signatures.";

/** What the plane says of itself at the instant. */
export const PLANE_SAID =
  "The plane says it of itself at the time of the evaluation: whoever runs it can make it say something else.";

/** What drills showed. */
export const DRILL_SAW =
  "The driver of the drill saw it from outside the gate, in a sandbox of the same build; the operator of the sandbox could have forged the result.";

/** What was drawn by leaf id. */
export const DRAWN =
  "What is opened is drawn by leaf id, which the gate chooses at random; a gate that lies could choose ids that are not drawn.";
