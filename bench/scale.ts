/** How long the bench takes its time. */
export interface Scale {
  readonly rounds: number;
  /** Requests of one measurement. */
  readonly requests: number;
}
