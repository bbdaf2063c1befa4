export { digestText, JwtKey, NoteKey, newId, sha256, signingInput } from "./signing-keys.ts";
export { type CaseOptions, recordSupportCase, type SupportCase } from "./support-case.ts";
export { type ExportOptions, sealBundle, TestLog } from "./test-log.ts";
