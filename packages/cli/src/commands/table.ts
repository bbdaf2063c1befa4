import type { CommandSpec } from "../command.ts";
import { agentJoin } from "./agent-join.ts";
import { agentJoinCode } from "./agent-join-code.ts";
import { agentActivate, agentRetire, agentSuspend } from "./agent-lifecycle.ts";
import { agentList } from "./agent-list.ts";
import { agentShow } from "./agent-show.ts";
import { apply } from "./apply.ts";
import { approvalList, approvalOpen, approvalShow } from "./approval-list.ts";
import { connect } from "./connect.ts";
import { consoleCode } from "./console-code.ts";
import { contain } from "./contain.ts";
import { drillList, drillShow } from "./drill-list.ts";
import { drillRun } from "./drill-run.ts";
import { erase } from "./erase.ts";
import { evidenceExport } from "./evidence-export.ts";
import { gate } from "./gate.ts";
import { holdAdd, holdEnd, holdList } from "./hold.ts";
import { labelDeclassify } from "./label-declassify.ts";
import { logAudit } from "./log-audit.ts";
import { logCheckpoint } from "./log-checkpoint.ts";
import { logTrust } from "./log-trust.ts";
import { mandateClose } from "./mandate-close.ts";
import { mandateList } from "./mandate-list.ts";
import { mandateOpen } from "./mandate-open.ts";
import { operatorEnrol } from "./operator-enrol.ts";
import { operatorList } from "./operator-list.ts";
import { operatorRemove } from "./operator-remove.ts";
import { peopleLink, peopleRemove, peopleRemovePasskey, peopleRoles } from "./people-change.ts";
import { peopleCode, peopleInvite } from "./people-invite.ts";
import { peopleList, peopleShow } from "./people-list.ts";
import { policyCheck } from "./policy-check.ts";
import { policyForbid, policyLift, policyOverlays } from "./policy-forbid.ts";
import { policyShadow } from "./policy-shadow.ts";
import { policyDiff, policyList, policyPublish, policyRollback } from "./policy-versions.ts";
import { policyWhatIf } from "./policy-what-if.ts";
import { readiness } from "./readiness.ts";
import { recover } from "./recover.ts";
import { releasePromote, releasePropose, releaseRollback } from "./release-change.ts";
import { releaseEffects } from "./release-effects.ts";
import { releaseBreakGlass, releaseGlasses } from "./release-glass.ts";
import { releaseDiff, releaseList, releaseRefuse, releaseShow, releaseSign } from "./release-list.ts";
import { releaseExport, releasePack } from "./release-pack.ts";
import { revoke } from "./revoke.ts";
import { runCommand } from "./run.ts";
import { status } from "./status.ts";
import { tour } from "./tour.ts";
import { txnExplain } from "./txn-explain.ts";
import { txnList } from "./txn-list.ts";
import { txnReplay } from "./txn-replay.ts";
import { txnShow } from "./txn-show.ts";
import { up } from "./up.ts";
import { verify } from "./verify.ts";
import { waiverAgree, waiverAsk, waiverEnd, waiverList } from "./waiver.ts";
import { witnessAdd } from "./witness-add.ts";
import { witnessList } from "./witness-list.ts";
import { witnessRemove } from "./witness-remove.ts";

/** Every command, in the order of the help and of the reference page. */
export const COMMANDS: readonly CommandSpec[] = [
  up,
  status,
  tour,
  apply,
  policyCheck,
  policyWhatIf,
  gate,
  releaseExport,
  releasePropose,
  releaseList,
  releaseShow,
  releaseDiff,
  releaseSign,
  releaseRefuse,
  releasePromote,
  releaseRollback,
  releaseEffects,
  releaseBreakGlass,
  releaseGlasses,
  releasePack,
  drillRun,
  drillList,
  drillShow,
  readiness,
  waiverAsk,
  waiverAgree,
  waiverEnd,
  waiverList,
  policyShadow,
  policyForbid,
  policyOverlays,
  policyLift,
  policyList,
  policyDiff,
  policyPublish,
  policyRollback,
  agentList,
  agentShow,
  agentJoinCode,
  agentJoin,
  agentActivate,
  agentSuspend,
  agentRetire,
  operatorEnrol,
  operatorList,
  operatorRemove,
  peopleInvite,
  peopleCode,
  peopleList,
  peopleShow,
  peopleRoles,
  peopleLink,
  peopleRemove,
  peopleRemovePasskey,
  approvalList,
  approvalShow,
  approvalOpen,
  labelDeclassify,
  mandateOpen,
  mandateList,
  mandateClose,
  connect,
  runCommand,
  txnList,
  txnShow,
  txnExplain,
  txnReplay,
  evidenceExport,
  verify,
  holdAdd,
  holdList,
  holdEnd,
  erase,
  logCheckpoint,
  logAudit,
  logTrust,
  consoleCode,
  witnessAdd,
  witnessList,
  witnessRemove,
  revoke,
  contain,
  recover,
];
