// LONG: the public face of the workspace, a line a name
export { type ApprovedAction, actionDigest, isSameAction, parseAction } from "./approval/action.ts";
export {
  type Declassification,
  declassificationDigest,
  declassifyRequires,
  parseDeclassification,
  renderDeclassification,
} from "./approval/declassification.ts";
export { plainName } from "./approval/plain-name.ts";
export { type RenderedRow, renderAction, renderedDigest } from "./approval/render.ts";
export {
  type ApprovalPlace,
  type ReadStatement,
  rawSignature,
  readSignedGlass,
  readSignedRelease,
  readSignedReview,
  readSignedStatement,
  type SignedStatement,
} from "./approval/signed-statement.ts";
export {
  type ApprovalStatement,
  formatStatement,
  parseStatement,
  STATEMENT_KINDS,
  statementChallenge,
} from "./approval/statement.ts";
export { type AgentWork, readAgentWork, type UsedOperation } from "./assurance/agent-work.ts";
export {
  type CertifiedSignature,
  type Envelope,
  formatReleaseAttestation,
  IN_TOTO_PAYLOAD_TYPE,
  preAuthEncoding,
  RELEASE_PREDICATE_TYPE,
  type ReadCertificate,
  type ReleasePredicate,
  readCertificate,
  sealEnvelope,
} from "./assurance/certificate.ts";
export {
  type ControlResult,
  type ControlVerdict,
  type EvidenceRef,
  MAX_NAMED,
  VERDICTS,
  type Violation,
} from "./assurance/control-result.ts";
export {
  type Deployment,
  deploymentDigest,
  type NamedDigest,
  parseDeployment,
  RELEASE_ROLES,
  type ReleaseRole,
  type RoleHolders,
} from "./assurance/deployment.ts";
export { type DrillEvent, type DrillProgress, parseDrillEvent } from "./assurance/drill-event.ts";
export {
  type DrillEnded,
  type DrillRunAnswer,
  type DrillRunEvent,
  type DrillRunReport,
  MAX_REPORTED_EVENTS,
  parseDrillRunReport,
} from "./assurance/drill-report.ts";
export { DRILL_VERDICTS, type DrillResult, parseDrillResult } from "./assurance/drill-result.ts";
export { type Evaluation, evaluationDigest, parseEvaluation } from "./assurance/evaluation.ts";
export {
  type GateProfile,
  LOAD_LEVELS,
  type LoadLevel,
  PROFILE_NAMES,
  parseGateProfile,
  profileDigest,
  type RequiredDrill,
} from "./assurance/gate-profile.ts";
export {
  formatGlassStatement,
  GLASS_REVIEW_MS,
  GLASS_REVIEW_ROLES,
  GLASS_ROLE,
  GLASS_SIGNERS,
  type GlassReview,
  type GlassStatement,
  glassChallenge,
  MAX_GLASS_S,
  parseGlassReview,
  parseGlassStatement,
} from "./assurance/glass-statement.ts";
export { keptBack } from "./assurance/held-controls.ts";
export { type Pilot, type PilotDefinition, type PilotRecord, parsePilot } from "./assurance/pilot.ts";
export {
  type CountedDrill,
  type GrantedOperation,
  parseReadinessFacts,
  type ReadinessFacts,
} from "./assurance/readiness-facts.ts";
export { diffDigest, type ReleaseChange, releaseDiff } from "./assurance/release-diff.ts";
export {
  type AttestedClaim,
  parseReleaseManifest,
  RELEASE_PARTS,
  type ReleasedTool,
  type ReleaseManifest,
  releaseDigest,
} from "./assurance/release-manifest.ts";
export {
  formatReleasePack,
  MAX_PACK_BYTES,
  packProof,
  parseReleasePack,
  parseReleasePackBytes,
  RELEASE_PACK_FORMATS,
  type ReleasePack,
} from "./assurance/release-pack.ts";
export {
  formatReleaseStatement,
  parseReleaseStatement,
  RELEASE_STATEMENT_KINDS,
  type ReleaseStatement,
  releaseChallenge,
} from "./assurance/release-statement.ts";
export { MAX_WAIVER_MS, NON_WAIVABLE, parseWaiver, type Waiver } from "./assurance/waiver.ts";
export { type ExactSet, exactSet, type HeldLeaves, type Lack } from "./bundle/exact-set.ts";
export { type HeldLeaf, namedOverlays, OVERLAYS_PATH } from "./bundle/leaf-reasons.ts";
export { overlaysInForce } from "./bundle/overlay-reasons.ts";
export {
  type BundleEntry,
  bundleSeal,
  type EarlierHead,
  type ErasedPart,
  formatProofBundle,
  type ProofBundle,
  parseBundleEntries,
  parseProofBundle,
} from "./bundle/proof-bundle.ts";
export {
  countedDrills,
  drawsCanary,
  evaluationsOf,
  type StandingReleases,
  standingGlass,
  standingReleases,
} from "./bundle/release-reasons.ts";
export {
  type AssuranceLine,
  type AuditTrail,
  type DrillLine,
  type DrillRecord,
  type EntrySheet,
  type ReadinessLine,
  type ReadinessList,
  type ReadinessSheet,
  type ReadingLine,
  readAuditTrail,
  readDrillRecord,
  readEntrySheet,
  readReadinessList,
  readReadinessSheet,
  type WaiverLine,
} from "./console/assurance.ts";
export {
  DRILL_RUN_STATES,
  type DrillRun,
  type DrillStanding,
  type DrillsNow,
  type LoadPoint,
  readDrillsNow,
} from "./console/drill-run.ts";
export {
  type HouseOverview,
  type HouseRefusal,
  readHouseOverview,
  readHouseRefusals,
  readWaitingCalls,
  type WaitingCall,
  type WaitingCalls,
} from "./console/house.ts";
export {
  type CandidateCounts,
  type ChangedDecision,
  type DecidedOutcome,
  type DecisionRow,
  type DecisionRows,
  type NamedOperator,
  type OperationFacts,
  type OverlayTexts,
  type PolicyFiles,
  type PolicySurroundings,
  type PolicyVersion,
  type PolicyVersionLine,
  type PolicyVersions,
  readDecisionRows,
  readOverlayTexts,
  readPolicyFiles,
  readPolicySurroundings,
  readPolicyVersion,
  readPolicyVersions,
  readShadowReport,
  type ShadowReport,
} from "./console/policies.ts";
export {
  EFFECT_OUTCOMES,
  type ReleaseEffect,
  type ReleaseEffects,
  readReleaseEffects,
} from "./console/release-effects.ts";
export {
  type GlassLine,
  RELEASE_STATES,
  type ReleaseEvent,
  type ReleaseLine,
  type ReleaseList,
  type ReleaseSheet,
  readReleaseList,
  readReleaseSheet,
} from "./console/releases.ts";
export {
  type AgentInstance,
  type AgentLine,
  type AgentPage,
  type AgentSheet,
  type PersonConsent,
  type PersonLine,
  type PersonPage,
  readAgentPage,
  readAgentSheet,
  readPersonPage,
} from "./console/roll.ts";
export {
  readTransactionPage,
  readTransactionSummary,
  type TransactionPage,
  type TransactionSummary,
} from "./console/transactions.ts";
export { ERROR_CATALOGUE, ERROR_CODES, type ErrorCode, type ErrorRow } from "./errors/catalogue.ts";
export {
  catalogueError,
  describeError,
  errorRow,
  isErrorCode,
  jsonRpcErrorBody,
  oauthErrorBody,
} from "./errors/lookup.ts";
export type { AttestationBody, MandateBody } from "./evidence/bodies/actors.ts";
export {
  ASSURANCE_KINDS,
  type AssuranceBody,
  MAX_CANARY_SHARE,
  RELEASE_ACTIONS,
  type ReleaseBody,
} from "./evidence/bodies/assurance.ts";
export { DECISION_ACTIONS, type DecisionAction, type DecisionBody } from "./evidence/bodies/decision.ts";
export type { DispatchBody, OutcomeBody, TokenBody, UnknownBody } from "./evidence/bodies/effects.ts";
export type { ClosingBody, ErasureBody, ReadBody, RevocationBody } from "./evidence/bodies/endings.ts";
export type { LeafBodies } from "./evidence/bodies/leaf-bodies.ts";
export {
  type BootBody,
  ENVIRONMENTS,
  type Environment,
  type GenesisBody,
  type KeyBody,
} from "./evidence/bodies/log.ts";
export { type OverlayBody, overlayDigest } from "./evidence/bodies/overlay.ts";
export {
  APPROVAL_ACTIONS,
  APPROVAL_KINDS,
  type ApprovalBody,
  type LabelBody,
  type PersonBody,
  ROLES,
  type Role,
  requirement,
} from "./evidence/bodies/people.ts";
export type { OperatorBody, PolicyBody, RegistryBody } from "./evidence/bodies/registry.ts";
export {
  bytesCommitment,
  discloseInputs,
  inputCommitment,
  inputItemText,
  inputsCommitment,
  platformInstanceCommitment,
  sealedBytesCommitment,
  sealedCommitment,
  sortInputs,
} from "./evidence/commitments.ts";
export * from "./evidence/draft.ts";
export {
  type ChainLink,
  formatLeaf,
  type Leaf,
  MAX_LEAF_BYTES,
  parseLeaf,
  parseLeafBytes,
  type SealedCommitments,
} from "./evidence/leaf.ts";
export {
  type InputItem,
  type InputOpening,
  type Openings,
  openedMember,
  parseInputsOpening,
  parseSealedOpening,
  SEALED_PARTS_OF,
  type SealedOpening,
} from "./evidence/openings.ts";
export { rebuildRequest } from "./evidence/rebuild-request.ts";
export { type HarmlessServers, harmlessServers } from "./evidence-pack/harmless-servers.ts";
export { ownDeployments } from "./evidence-pack/own-deployments.ts";
export {
  MAX_SAMPLE,
  type PackDocument,
  type PackEnd,
  packFile,
  parsePackDocument,
  parsePackEnd,
  parsePackFile,
} from "./evidence-pack/pack-documents.ts";
export { PACK_NAMES, policyName, populationName, transactionName } from "./evidence-pack/pack-names.ts";
export {
  drawOf,
  LEAVES_A_FILE,
  MAX_POPULATION,
  Population,
  type Selection,
} from "./evidence-pack/population.ts";
export { PACK_README } from "./evidence-pack/readme.ts";
export {
  MAX_PACKED_FILE,
  parseTarHeader,
  TAR_BLOCK,
  tarEnd,
  tarHeader,
  tarPadding,
} from "./evidence-pack/tar.ts";
export { type BoundedSchema, isBoundedAnswer, readBoundedSchema } from "./flow/bounded-answer.ts";
export {
  amountOf,
  type CalledOperation,
  exceedsStore,
  exceedsTier,
  isOutsideIntent,
  type KnownIntent,
  labelInContext,
  needsPerson,
  T3_REQUIRES,
  valueAt,
} from "./flow/call-rules.ts";
export {
  BOTTOM_LABEL,
  classRank,
  isAtMost,
  joinLabels,
  type Label,
  readLabel,
  TOP_LABEL,
} from "./flow/label.ts";
export { redact } from "./flow/redact.ts";
export {
  lookAtAnswer,
  type ResponseRule,
  type RuledAnswer,
  responseRuleDigest,
  ruleLabel,
  rulesFor,
} from "./flow/response-rule.ts";
export * from "./mandate/mandate.ts";
export { intentDigest, mandateDigest, parseMandateDocument } from "./mandate/parse-mandate.ts";
export { DATA_CLASSES, type DataClassName } from "./registry/data-classes.ts";
export type {
  AgentSpec,
  IssuerSpec,
  RegistryDocument,
  ServerSpec,
  SettingsSpec,
  ToolSpec,
} from "./registry/document.ts";
export { findSecret, refuseSecrets } from "./registry/find-secret.ts";
export { gateCeiling, type RegisteredOperation } from "./registry/gate-ceiling.ts";
export { RISK_TIERS } from "./registry/parse-agent.ts";
export { type EntitlementSpec, MAX_GROUP_CHARS, MAX_GROUPS } from "./registry/parse-entitlements.ts";
export { ISSUER_USES, parseRegistryDocument } from "./registry/parse-registry.ts";
export { parseResponseRules } from "./registry/parse-response-rules.ts";
export { TOOL_EFFECTS, UPSTREAM_REQUESTS } from "./registry/parse-server.ts";
export * from "./registry/records.ts";
export { REGISTRY_SCHEMA } from "./registry/schema.ts";
export * from "./revocation/epochs.ts";
export {
  type AccessTokenHeader,
  formatAccessTokenClaims,
  MAX_TOKEN_LIFE_SECONDS,
  parseAccessTokenClaims,
  parseAccessTokenHeader,
} from "./token/access-token.ts";
export { isHandOffToken } from "./token/audience.ts";
export * from "./token/claims.ts";
export {
  type CompactJws,
  type CompactJwsLimits,
  parseCompactJws,
  parseSigningInput,
} from "./token/compact-jws.ts";
export { DPOP_ALGORITHMS, type DpopAlgorithm, type DpopProof, parseDpopProof } from "./token/dpop-proof.ts";
export { gateActorId, isUpstreamToken } from "./token/gate-actor.ts";
export {
  MAX_OPERATOR_JWS,
  OPERATOR_REQUEST_TYPE,
  type OperatorClaims,
  type OperatorJws,
  parseOperatorJws,
} from "./token/operator-request.ts";
export {
  type EcPublicJwk,
  jwkThumbprint,
  type OkpPublicJwk,
  type PublicJwk,
  parsePublicJwk,
  type RsaPublicJwk,
} from "./token/public-jwk.ts";
export {
  formatTrustFile,
  parseTrustFile,
  parseTrustFileBytes,
  type TrustedApprovals,
  type TrustedLog,
  type TrustedTokenIssuer,
  type TrustedWitnesses,
  type TrustFile,
} from "./trust/trust-file.ts";
