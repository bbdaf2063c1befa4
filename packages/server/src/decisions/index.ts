export { type BuiltRequest, buildRequest } from "./build-request.ts";
export { type CallDecider, type CallVerdict, createCallDecider } from "./decide-call.ts";
export type { CallQuestion, DecisionPorts } from "./ports.ts";
