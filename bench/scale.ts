/** How long the bench takes its time. */
export interface Scale {
  readonly rounds: number;
  /** Requests of one measurement. */
  readonly requests: number;
  /** Requests before the first measurement, so that no peer is measured while its code is still being compiled. */
  readonly warmUp: number;
}
