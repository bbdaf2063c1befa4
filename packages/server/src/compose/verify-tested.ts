import { readFile } from "node:fs/promises";
import { parseTrustFileBytes, type ReleasePack } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { verifyPack } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import type { TestedElsewhere } from "../assurance/releases/index.ts";
import type { Config } from "../config/config.ts";

/**
 * Verifies what another instance tested, offline, with the trust file that the settings name.
 * Trust: `pack` is attacker-controlled; the file is the operator's, and is read anew each time.
 * @throws `conflict` where the settings name nobody, `verification_failed` with the first rule that fails
 * @see docs/spec/release.md R-11
 */
export async function verifyTested(
  { testedBy }: Pick<Config, "testedBy">,
  pack: ReleasePack,
): Promise<TestedElsewhere> {
  if (testedBy === undefined)
    throw new NarrowgateError(
      "conflict",
      "config.json of this instance names nobody who tests releases: let `tested_by` there name the trust file of the instance that does, and start again",
    );
  if (pack.format !== "narrowgate-tested/1")
    throw new NarrowgateError("verification_failed", "the pack is of a release, not of a test");
  const trust = parseTrustFileBytes(await readFile(testedBy));
  const { report, evaluation, drills } = await verifyPack(pack, {
    trust,
    crypto: nodeCrypto(),
    engine: createNodeEngine(),
  });
  const [failure] = report.failures;
  if (failure !== undefined || evaluation === undefined)
    throw new NarrowgateError(
      "verification_failed",
      `the tested pack does not verify: ${failure?.rule ?? "R-11"}: ${failure?.message ?? "it has no evaluation"}`,
    );
  // What it evaluated is its own log, and not one that somebody told it of.
  if (evaluation.log.origin !== report.log?.origin)
    throw new NarrowgateError("verification_failed", "the evaluation speaks of another log than its own");
  return { evaluation, drills };
}
