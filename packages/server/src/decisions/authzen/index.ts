export { type AuthzenEndpoint, createAuthzenEndpoint, EVALUATE_SCOPE } from "./authzen-endpoint.ts";
export type { AuthzenPorts } from "./ports.ts";
