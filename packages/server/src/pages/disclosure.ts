/** Who looks at the pages: a person who signed in, or the operator that asked for the code that was typed. */
export interface Viewer {
  /** Ref of the person, or of the operator. */
  readonly auditor: string;
  /**
   * The operator's signed request for the code, exactly as it came; kept as the proof of each `read` leaf. A person who
   * signed in signed none: that she read is the gate's word.
   */
  readonly request?: string;
  /** A person whose roles are there to look on, and to change nothing. */
  readonly readsOnly?: true;
}

/** Leaves that an answer discloses. */
export interface ReadRange {
  readonly from: number;
  /** At least 1. */
  readonly count: number;
}

/** What was read, with the leaves it discloses. */
export interface Disclosure<T> extends ReadRange {
  readonly content: T;
}
