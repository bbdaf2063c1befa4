import { MAX_PACK_BYTES, type ReleasePack } from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, NarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import type { ReleasePacksPort } from "../admin/ports/releases-port.ts";
import type { SignedRequest } from "../admin/ports/signed-request.ts";
import { exportRelease, type ReleaseBundle, type WantedRelease } from "../evidence/export/export-release.ts";
import { auditorOf } from "./auditor-of.ts";
import type { Instance } from "./instance.ts";

function asObject(value: JsonValue): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NarrowgateError("internal_error", "a proof bundle is not an object");
  return Object.fromEntries(Object.entries(value));
}

function bundleJson({ bytes }: ReleaseBundle): JsonObject {
  return asObject(parseStrictJson(bytes.subarray(0, -1), { maxBytes: MAX_PACK_BYTES, maxKeys: 4_000_000 }));
}

/** A proof is worth most under a head that witnesses have seen; those that do not answer in time are not waited for. */
async function bundleFor(
  { evidence, witnesses }: Instance,
  wanted: WantedRelease,
  reader: SignedRequest,
): Promise<ReleaseBundle> {
  await evidence.freshCheckpoint();
  await witnesses.witnessing.settled();
  return exportRelease(evidence, wanted, auditorOf(reader));
}

/** Releases with their proof, for the instance that promotes them and for auditors. */
export function releasePacks(instance: Instance): ReleasePacksPort {
  const { evaluations, registry, releases } = instance;
  return {
    async tested(id, { attested, declared }, reader): Promise<ReleasePack> {
      const agent = registry.agent(id);
      if (agent === undefined) throw new NarrowgateError("not_found", "there is no such agent");
      const { entry, evaluation } = await evaluations.evaluate(agent, { attested, declared });
      const { release } = evaluation;
      const bundle = await bundleFor(instance, { agent: agent.ref, release }, reader);
      const stated = { attested, declared };
      const proof = bundleJson(bundle);
      return { format: "narrowgate-tested/1", agent: id, ...stated, release, evaluation: entry, proof };
    },
    async release(id, reader): Promise<ReleasePack> {
      const { agent, agentRef, evaluation, manifest, readiness } = releases.proposal(id);
      const { release } = evaluation;
      const proof = bundleJson(await bundleFor(instance, { agent: agentRef, release }, reader));
      const { attested, declared } = manifest;
      return {
        format: "narrowgate-release/1",
        agent,
        attested,
        declared,
        release,
        evaluation: readiness,
        proof,
      };
    },
  };
}
