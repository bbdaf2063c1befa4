import { parseRegistryDocument } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import type { AdminClient } from "../admin/admin-client.ts";
import type { Call } from "../command.ts";
import { agreed, hintOf, showPlan } from "../commands/apply.ts";
import { propose } from "../registry-file/propose.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { withProgress } from "../terminal/progress.ts";
import type { Candidate } from "./read-candidate.ts";

/**
 * Puts policies in force and leaves all else as it is: shows the plan, asks, applies it.
 * @param mayEnd - whether policies in force that are not among the files may end
 * @returns the plan as it was carried out; undefined when these policies are in force already
 * @throws `conflict`, `policy_invalid`, `usage` when nobody agrees
 */
export async function publishFiles(
  call: Call,
  admin: AdminClient,
  { files, tests }: Candidate,
  mayEnd: boolean,
): Promise<JsonObject | undefined> {
  const file = { wire: {}, document: parseRegistryDocument({}), policies: files, tests };
  const planned = propose(admin, file, { prune: false, mayWait: false });
  const proposal = await withProgress(call.terminal, "planning", planned);
  if (proposal.isEmpty) return undefined;
  // What the registry holds beside policies is not looked at here, so that it is not in the file says nothing.
  const lines = proposal.lines.filter((line) => !line.startsWith("? "));
  showPlan({ ...proposal, lines }, call.terminal, call.flag("full"));
  const { ends } = proposal;
  if (ends.length > 0 && !mayEnd)
    throw new NarrowgateError(
      "conflict",
      cleanText(
        `nothing was changed: policies in force are not in these files (${ends.join(", ")}); let them end with --remove-policies`,
      ),
    );
  await agreed(call, `Publish this?${hintOf(proposal, call)}`);
  await withProgress(call.terminal, "publishing", proposal.apply());
  return proposal.plan;
}
