export { createGateway, type Gateway, type LearntPin } from "./gateway.ts";
export { defaultLimits, type GatewayLimits } from "./limits.ts";
export type {
  ApprovalDesk,
  CutToken,
  FlowLedger,
  GatewayDeps,
  PortRefusal,
  UpstreamCall,
  UpstreamTokens,
} from "./ports.ts";
export { isolationFault } from "./upstream/stdio/isolation.ts";
