import {
  getCedarVersion,
  initSync,
  policyToJson,
  preparsePolicySet,
  schemaToJsonWithResolvedTypes,
  schemaToText,
  statefulIsAuthorized,
  validate,
} from "@cedar-policy/cedar-wasm/web";
import {
  canonicalBytes,
  NarrowgateError,
  type Sha256,
  type Sha256Text,
  sha256,
  toSha256Text,
} from "@narrowgate/kernel";
import { PreparsedSets } from "./preparsed-sets.ts";
import { DECISION_PROCEDURE_VERSION } from "./procedure.ts";
import type { ProjectedEntity, Projection } from "./project-request.ts";

/** Something Cedar had to say about a text. `offset` is in bytes of its UTF-8. */
export interface CedarRemark {
  readonly message: string;
  readonly offset?: number;
  readonly policy?: string;
}

/** An answer of the parser: the JSON form, or what is wrong. */
export type ParseAnswer =
  | { readonly kind: "parsed"; readonly json: unknown }
  | { readonly kind: "refused"; readonly remarks: readonly CedarRemark[] };

/** What validation found; errors refuse, warnings do not. */
export interface ValidationAnswer {
  readonly errors: readonly CedarRemark[];
  readonly warnings: readonly CedarRemark[];
}

/** Cedar's own answer to one request, in no particular order. */
export interface CedarAnswer {
  readonly decision: "allow" | "deny";
  readonly reason: readonly string[];
  readonly errors: readonly { readonly policy: string; readonly message: string }[];
}

/** Policies that are evaluated together. The engine keeps them parsed for as long as there is room. */
export interface EvaluationSet {
  /** Text by policy id. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Cedar, loaded. One per thread; it is synchronous and does no input or output. */
export interface PolicyEngine {
  /** Version of Cedar. */
  readonly version: string;
  /** Digest of the WebAssembly bytes. */
  readonly wasmDigest: Sha256Text;
  /** Digest of the engine and of our own procedure together: what evidence names and a verifier pins. */
  readonly procedureDigest: Sha256Text;
  /** The digest function the engine was made with. */
  readonly sha256: Sha256;
  /** True once the engine has trapped; it then refuses for ever, and the process has to be restarted. */
  readonly failed: boolean;
  parsePolicy(text: string): ParseAnswer;
  /** Resolved JSON form of a schema given as Cedar text. */
  parseSchema(text: string): ParseAnswer;
  /** Cedar text of a schema given in its JSON form. */
  formatSchema(json: string): ParseAnswer;
  validate(schema: string, texts: Readonly<Record<string, string>>): ValidationAnswer;
  /** @param actions - those whose groups the policies can ask for */
  evaluate(set: EvaluationSet, projection: Projection, actions: readonly ProjectedEntity[]): CedarAnswer;
}

interface DetailedError {
  readonly message: string;
  readonly help: string | null;
  readonly sourceLocations?: readonly { readonly start: number }[];
}

function remark(error: DetailedError, policy?: string): CedarRemark {
  const offset = error.sourceLocations?.[0]?.start;
  const help = error.help === null || error.help === undefined ? "" : ` (${error.help})`;
  return {
    message: `${error.message}${help}`,
    ...(offset === undefined ? {} : { offset }),
    ...(policy === undefined ? {} : { policy }),
  };
}

function parseAnswer(
  answer:
    | { readonly type: "failure"; readonly errors: readonly DetailedError[] }
    | { readonly type: "success" },
  result: unknown,
): ParseAnswer {
  return answer.type === "failure"
    ? { kind: "refused", remarks: answer.errors.map((error) => remark(error)) }
    : { kind: "parsed", json: result };
}

function failure(detail: string, cause?: unknown): NarrowgateError {
  return new NarrowgateError("policy_engine_failed", "the policy engine failed", { detail, cause });
}

/** A trap leaves the instance with a broken stack; a JavaScript error thrown on the way in does not. */
function isTrap(error: unknown): boolean {
  return error instanceof Error && (error.name === "RuntimeError" || error.name === "RangeError");
}

/**
 * Sets that the one instance of the thread holds.
 * INVARIANT: one list for all engines: two with names of their own would take each other's sets, and answer by them.
 */
const heldSets: PreparsedSets = new PreparsedSets((slot, texts) => {
  const answer = preparsePolicySet(slot, { staticPolicies: { ...texts } });
  if (answer.type === "failure") throw failure("a set of compiled policies does not parse");
});

class CedarEngine implements PolicyEngine {
  readonly version: string;
  readonly wasmDigest: Sha256Text;
  readonly procedureDigest: Sha256Text;
  readonly sha256: Sha256;
  #failed = false;

  constructor(wasmDigest: Sha256Text, digest: Sha256) {
    this.version = getCedarVersion();
    this.wasmDigest = wasmDigest;
    this.sha256 = digest;
    const named = canonicalBytes({ engine: wasmDigest, procedure: DECISION_PROCEDURE_VERSION });
    this.procedureDigest = toSha256Text(digest(named));
  }

  get failed(): boolean {
    return this.#failed;
  }

  parsePolicy(text: string): ParseAnswer {
    return this.#guard(() => {
      const answer = policyToJson(text);
      return parseAnswer(answer, answer.type === "success" ? answer.json : undefined);
    });
  }

  parseSchema(text: string): ParseAnswer {
    return this.#guard(() => {
      const answer = schemaToJsonWithResolvedTypes(text);
      return parseAnswer(answer, answer.type === "success" ? answer.json : undefined);
    });
  }

  formatSchema(json: string): ParseAnswer {
    return this.#guard(() => {
      const answer = schemaToText(JSON.parse(json));
      return parseAnswer(answer, answer.type === "success" ? answer.text : undefined);
    });
  }

  validate(schema: string, texts: Readonly<Record<string, string>>): ValidationAnswer {
    return this.#guard(() => {
      const call = {
        schema,
        policies: { staticPolicies: { ...texts } },
        validationSettings: { mode: "strict" as const },
      };
      const answer = validate(call);
      if (answer.type === "failure")
        return { errors: answer.errors.map((error) => remark(error)), warnings: [] };
      return {
        errors: answer.validationErrors.map(({ error, policyId }) => remark(error, policyId)),
        warnings: answer.validationWarnings.map(({ error, policyId }) => remark(error, policyId)),
      };
    });
  }

  evaluate(set: EvaluationSet, projection: Projection, actions: readonly ProjectedEntity[]): CedarAnswer {
    return this.#guard(() => {
      const { action, context, entities, principal, resource } = projection;
      const answer = statefulIsAuthorized({
        action,
        context,
        entities: [...entities, ...actions],
        preparsedPolicySetId: heldSets.hold(set),
        principal,
        resource,
      });
      if (answer.type === "failure") throw failure(answer.errors.map(({ message }) => message).join("; "));
      const { decision, diagnostics } = answer.response;
      const errors = diagnostics.errors.map(({ error, policyId }) => ({
        policy: policyId,
        message: error.message,
      }));
      return { decision, errors, reason: diagnostics.reason };
    });
  }

  #guard<T>(run: () => T): T {
    if (this.#failed) throw failure("the engine trapped before");
    try {
      return run();
    } catch (error) {
      if (isTrap(error)) this.#failed = true;
      throw error instanceof NarrowgateError ? error : failure("the engine threw", error);
    }
  }
}

// The glue code of the package keeps one instance a thread; engines made later share it.
let loadedDigest: Sha256Text | undefined;

/**
 * Makes an engine from the bytes of Cedar's WebAssembly module, in Node or in a browser worker.
 * Engines of one thread share one instance: a trap in it ends them all.
 * Trust: the bytes are code. A verifier compares `procedureDigest` with what its trust file names.
 * @param wasmBytes - content of `cedar_wasm_bg.wasm`
 * @param digest - a faster SHA-256 than our own, if there is one
 * @throws NarrowgateError `policy_engine_failed` when the bytes do not load, or are others than those loaded before
 */
export function createEngine(wasmBytes: Uint8Array<ArrayBuffer>, digest: Sha256 = sha256): PolicyEngine {
  const wasmDigest = toSha256Text(digest(wasmBytes));
  if (loadedDigest !== undefined && loadedDigest !== wasmDigest) {
    throw failure("another version of Cedar is loaded in this thread");
  }
  try {
    initSync({ module: wasmBytes });
    loadedDigest = wasmDigest;
    return new CedarEngine(wasmDigest, digest);
  } catch (error) {
    throw failure("the WebAssembly module does not load", error);
  }
}
