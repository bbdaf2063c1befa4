export * from "./errors/catalogue.ts";
export * from "./evidence/draft.ts";
export * from "./mandate/mandate.ts";
export * from "./registry/records.ts";
export * from "./revocation/epochs.ts";
export * from "./token/claims.ts";
