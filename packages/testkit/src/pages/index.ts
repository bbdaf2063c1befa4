export {
  type ConsoleServer,
  type ConsoleServerOptions,
  type ServedTransaction,
  startConsoleServer,
} from "./console-server.ts";
