/** An issuer at which anybody has jobs, and what in a token says whose job it is. */
export interface SharedIssuer {
  /** The issuer, or what those of all its customers begin with. */
  readonly issuer: string;
  /** Sets of claims; all of one set together say which project it is. */
  readonly pinnedBy: readonly (readonly string[])[];
}

/** Platforms whose job tokens we know. One that serves many organisations and is not here is treated as any other issuer. */
const SHARED: readonly SharedIssuer[] = [
  // Not its `sub`: each project may choose of which claims that is made, so that a stranger's can be the one of a rule.
  { issuer: "https://token.actions.githubusercontent.com", pinnedBy: [["repository"], ["repository_id"]] },
  { issuer: "https://gitlab.com", pinnedBy: [["project_id"], ["project_path"], ["sub"]] },
  // Its `sub` has the id of the step, so that no rule can name it.
  { issuer: "https://api.bitbucket.org", pinnedBy: [["repositoryUuid"]] },
  { issuer: "https://oidc.circleci.com", pinnedBy: [["oidc.circleci.com/project-id"], ["sub"]] },
  {
    issuer: "https://agent.buildkite.com",
    pinnedBy: [
      ["pipeline_id"],
      ["organization_slug", "pipeline_slug"],
      ["organization_id", "pipeline_slug"],
      ["sub"],
    ],
  },
  { issuer: "https://vstoken.dev.azure.com", pinnedBy: [["sub"]] },
  { issuer: "https://app.terraform.io", pinnedBy: [["terraform_workspace_id"], ["sub"]] },
  { issuer: "https://oidc.codefresh.io", pinnedBy: [["pipeline_id"], ["sub"]] },
  { issuer: "https://oidc.vercel.com", pinnedBy: [["project_id"], ["sub"]] },
  { issuer: "https://accounts.google.com", pinnedBy: [["sub"], ["email"]] },
];

/** What every token of an issuer says alike, or of itself alone: none of it says whose job it is. */
const SAYS_NOBODY: ReadonlySet<string> = new Set(["iss", "aud", "exp", "nbf", "iat", "jti"]);

function sharedOf(issuer: string): SharedIssuer | undefined {
  return SHARED.find((one) => issuer === one.issuer || issuer.startsWith(`${one.issuer}/`));
}

/**
 * Why a rule would take jobs of strangers; undefined where it would not.
 * @param claims - names of the claims that it holds a token to
 * @param isOwn - whether whoever configures says that the issuer is of their organisation alone
 */
export function openToStrangers(
  issuer: string,
  claims: readonly string[],
  isOwn: boolean,
): { readonly at: "claims" | "own_issuer"; readonly why: string } | undefined {
  const shared = sharedOf(issuer);
  if (shared === undefined) {
    if (isOwn || claims.some((name) => !SAYS_NOBODY.has(name))) return undefined;
    const why =
      "must name a claim that says whose job it is; or `own_issuer: true` says that nobody else has jobs at this issuer";
    return { at: "claims", why };
  }
  if (isOwn) return { at: "own_issuer", why: "everybody has jobs at this issuer" };
  if (shared.pinnedBy.some((set) => set.every((name) => claims.includes(name)))) return undefined;
  const sets = shared.pinnedBy.map((set) => set.join(" and ")).join(", or ");
  return { at: "claims", why: `everybody has jobs at this issuer: must say whose project it is, by ${sets}` };
}
