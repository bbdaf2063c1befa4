export {
  type Actor,
  type ActorChain,
  actorsOf,
  chainDepth,
  formatActorChain,
  isSameActor,
  maxChainDepth,
  outermostActor,
  parseActorChain,
} from "./actor-chain.ts";
export type {
  Authority,
  AuthorityParts,
  AuthorizationDetail,
  Call,
  CallKind,
  DetailType,
  Dimension,
  PromptDetail,
  ResourceDetail,
  ToolDetail,
  Violation,
} from "./authority.ts";
export {
  type ChainFault,
  type ChainStep,
  checkChainStep,
  continueChain,
  type HopMode,
  type RebindOutcome,
  rebindChain,
} from "./chain-step.ts";
export { type Comparator, comparators } from "./comparators.ts";
export type { Constraint } from "./constraint.ts";
export { type CompiledAuthority, type Coverage, compileAuthority, covers } from "./covers.ts";
export { type DataClass, dataClasses } from "./data-class.ts";
export { earliestExpiry } from "./expiry.ts";
export { formatAuthority, formatAuthorizationDetails } from "./format-authority.ts";
export {
  checkHop,
  type Hop,
  type HopBound,
  type HopBounds,
  type HopInput,
  type HopProof,
  type HopViolation,
  hop,
} from "./hop.ts";
export { type Intersection, intersect, type TooLarge } from "./intersect.ts";
export {
  checkNarrowingProof,
  type Narrowing,
  type NarrowingProof,
  narrower,
  narrowerParts,
} from "./narrower.ts";
export { isEmpty, normalise } from "./normalise.ts";
export {
  parseAuthority,
  parseAuthorizationDetails,
  parseRequestedAuthority,
  type RequestedAuthority,
} from "./parse-authority.ts";
export type { Scalar } from "./scalar.ts";
