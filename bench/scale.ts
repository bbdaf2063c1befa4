/** How long the bench takes its time. */
export interface Scale {
  /** A look at whether it works: sizes are a tenth, and nothing it says is a figure. */
  readonly quick: boolean;
  readonly rounds: number;
  /** Requests of one measurement. */
  readonly requests: number;
  /** Requests before the first measurement, so that no peer is measured while its code is still being compiled. */
  readonly warmUp: number;
  /** Folder in which a long log is kept and found again; absent: written anew and removed. */
  readonly kept?: string;
}
