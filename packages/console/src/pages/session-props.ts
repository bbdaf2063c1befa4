/** What every page for those who signed in is given. */
export interface SessionProps {
  /** Told when the server wants somebody to sign in first. */
  readonly onSignedOut: () => void;
  readonly onSignOut: () => void;
}
