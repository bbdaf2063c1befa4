export { createNodeEngine } from "@narrowgate/policy/node";
export {
  type ConsoleServer,
  type ConsoleServerOptions,
  startConsoleServer,
} from "./console-server.ts";
export { type ServedAssurance, servedAssurance } from "./served-assurance.ts";
export { type ServedHouse, servedHouse } from "./served-house.ts";
export type { ServedPerson } from "./served-person.ts";
export { type ServedPolicies, servedPolicies } from "./served-policies.ts";
export { type ServedRoll, servedRoll } from "./served-roll.ts";
export { type ServedTransaction, servedTransaction } from "./served-transaction.ts";
