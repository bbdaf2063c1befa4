const postures: Readonly<Record<string, string>> = {
  T1: "reads only, whatever policy says; what it is told is kept in full",
  T2: "writes where policy allows; what cannot be undone waits for a person only where policy asks for one",
  T3: "what cannot be undone waits for a person; whoever it acts for must have signed; each call's body is signed",
};

/** What a tier asks of an agent beside policy. A tier that is none of ours is said to be unknown. */
export function postureWords(tier: string): string {
  return Object.hasOwn(postures, tier) ? (postures[tier] ?? "") : "a tier that this console does not know";
}
