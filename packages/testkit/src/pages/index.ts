export { createNodeEngine } from "@narrowgate/policy/node";
export type { Overview, Refusal, WaitingCall } from "@narrowgate/server/pages";
export {
  type ConsoleServer,
  type ConsoleServerOptions,
  startConsoleServer,
} from "./console-server.ts";
export { type ServedHouse, servedHouse } from "./served-house.ts";
export { type ServedTransaction, servedTransaction } from "./served-transaction.ts";
