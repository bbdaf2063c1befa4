export { type Checkpoint, formatCheckpoint, parseCheckpoint } from "./checkpoint.ts";
export { type Cosignature, cosignatureMessage, decodeCosignature, encodeCosignature } from "./cosignature.ts";
export { decodeEntryBundle, encodeEntryBundle, maxLeafLength } from "./entry-bundle.ts";
export { Frontier, type OnSubtree } from "./frontier.ts";
export { formatLogProof, type LogProof, parseLogProof } from "./log-proof.ts";
export { emptyRoot, hashLength, leafHash, nodeHash } from "./merkle-hash.ts";
export { consistencyProof, type HashReader, inclusionProof, treeRoot } from "./prove.ts";
export {
  formatNote,
  formatSignatureLines,
  isKeyName,
  maxNoteBytes,
  maxNoteSignatures,
  type NoteSignature,
  parseNote,
  parseSignatureLines,
  type SignedNote,
} from "./signed-note.ts";
export { tileHashReader } from "./tile-reader.ts";
export {
  parseTilePath,
  type TileCoordinates,
  type TileLevel,
  tilePath,
  tilesFor,
  tilesTouched,
  tileWidth,
} from "./tiles.ts";
export {
  cosignatureType,
  ed25519Type,
  formatVerifierKey,
  keyId,
  makeVerifierKey,
  parseVerifierKey,
  type VerifierKey,
} from "./verifier-key.ts";
export {
  type CheckpointFault,
  type CheckpointOutcome,
  verifyCheckpoint,
  type WitnessedAt,
  type WitnessPolicy,
} from "./verify-checkpoint.ts";
export { type NoteOutcome, type VerifiedSignature, type VerifySignature, verifyNote } from "./verify-note.ts";
export {
  type ConsistencyClaim,
  type ConsistencyOutcome,
  type InclusionClaim,
  type InclusionOutcome,
  type ProofFault,
  verifyConsistency,
  verifyInclusion,
} from "./verify-proof.ts";
export {
  type AddCheckpointRequest,
  formatAddCheckpoint,
  formatTreeSize,
  parseAddCheckpoint,
  parseAddCheckpointResponse,
  parseTreeSize,
  treeSizeMediaType,
} from "./witness-protocol.ts";
