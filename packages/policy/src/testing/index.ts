export { buildRequest, type EntityName, type ShortRequest } from "../cases/build-request.ts";
export { defaultContext, overContext } from "../cases/default-context.ts";
export { type World, worldFromRegistry } from "../cases/world.ts";
export {
  type Expectation,
  type NamedEntity,
  type PolicyCase,
  type PolicyTests,
  parsePolicyTests,
} from "./parse-tests.ts";
export {
  type CaseResult,
  type Difference,
  type PolicyCoverage,
  runPolicyTests,
  type TestReport,
} from "./run-tests.ts";
