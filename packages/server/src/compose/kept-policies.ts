import type { StateChange, StateReader } from "@narrowgate/contracts";
import { NarrowgateError, readArray, readObject, readString } from "@narrowgate/kernel";
import {
  type CompiledPolicies,
  compilePolicies,
  type PolicyBundle,
  type PolicyEngine,
} from "@narrowgate/policy";

/** Room of the state table that holds the bundles that releases name, by digest. */
const KEPT_ROOM = "release-policy";

/** A bundle that decides. */
export interface DecidingBundle {
  readonly compiled: CompiledPolicies;
  /** What they were compiled from. */
  readonly bundle: PolicyBundle;
  /** Namespace of what is decided for others. */
  readonly profile?: string;
}

/** Bundles that releases name: they decide for as long as their release is in force, whatever is published meanwhile. */
export interface KeptPolicies {
  /** Keeps a bundle from now on. @returns rows for the commit of what names it */
  keep(deciding: DecidingBundle): readonly StateChange[];
  /** Makes a kept bundle ready for {@link of}. @throws `policy_missing` when it is not kept, or does not compile any more */
  prepare(digest: string): Promise<void>;
  /** @throws `policy_missing` for one that is not ready */
  of(digest: string): DecidingBundle;
}

function missing(): NarrowgateError {
  return new NarrowgateError("policy_missing", "the policies of this release are not kept here");
}

function readBundle(value: unknown, path: string): PolicyBundle {
  const row = readObject(value, path, ["files", "schema"]);
  const files = readArray(row.files, `${path}/files`, (item, at) => {
    const file = readObject(item, at, ["name", "text"]);
    return { name: readString(file.name, `${at}/name`), text: readString(file.text, `${at}/text`) };
  });
  return { files, schema: readString(row.schema, `${path}/schema`) };
}

/** Makes the keeper. What was made ready stays so until the process ends: four people signed for each. */
export function createKeptPolicies(engine: PolicyEngine, state: StateReader): KeptPolicies {
  const ready = new Map<string, DecidingBundle>();
  return {
    keep(deciding) {
      const { compiled, bundle } = deciding;
      const { digest } = compiled;
      const { files, schema } = bundle;
      ready.set(digest, deciding);
      const value = { files: files.map(({ name, text }) => ({ name, text })), schema };
      return [{ room: KEPT_ROOM, key: digest, value }];
    },
    async prepare(digest) {
      if (ready.has(digest)) return;
      const value = await state.get(KEPT_ROOM, digest);
      if (value === null) throw missing();
      const bundle = readBundle(value, `/${KEPT_ROOM}`);
      const outcome = compilePolicies(engine, bundle);
      if (outcome.kind === "rejected" || outcome.policies.digest !== digest) throw missing();
      const { policies: compiled, profile } = outcome;
      ready.set(digest, { compiled, bundle, ...(profile === undefined ? {} : { profile }) });
    },
    of(digest) {
      const found = ready.get(digest);
      if (found === undefined) throw missing();
      return found;
    },
  };
}
