export { createNodeEngine } from "@narrowgate/policy/node";
export {
  type ConsoleServer,
  type ConsoleServerOptions,
  startConsoleServer,
} from "./console-server.ts";
export { type ServedTransaction, servedTransaction } from "./served-transaction.ts";
