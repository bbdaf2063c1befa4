/** What the operator of the process is told; never a token, a secret or an argument. */
export type Report = (event: {
  readonly kind: string;
  readonly detail: string;
  readonly cause?: unknown;
}) => void;
