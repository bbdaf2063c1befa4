/** A running copy of an agent, tied to one key. */
export interface InstanceView {
  readonly ref: string;
  readonly agent: string;
  /** What its platform calls it; empty for one that joined by a code. */
  readonly name: string;
  readonly method: string;
  readonly assurance: string;
  readonly jkt: string;
  /** `unbound`: what vouched for it is not registered any more. */
  readonly state: "live" | "revoked" | "idle" | "unbound";
  readonly firstMs: number;
  readonly lastMs: number;
}
