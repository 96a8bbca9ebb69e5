export {
  attestedBy,
  attestedContent,
  decodeAttestation,
  signAttestation,
  verifyAttestation,
} from './attestation.ts';
export type { Attestation } from './attestation.ts';
export {
  decodeCheckpoint,
  parseCheckpoint,
  readCheckpoint,
  readCheckpoints,
  signCheckpoint,
} from './checkpoint.ts';
export type { Checkpoint } from './checkpoint.ts';
export { canonical, contentDigest, DIGEST, fromDigest, toDigest } from './digest.ts';
export { DECISIONS, ENTRY_KINDS, entryLeaf, parseEntry } from './entry.ts';
export type { Entry, EntryKind, Person } from './entry.ts';
export type {
  CheckpointLine,
  ContentLine,
  EndLine,
  EntryLine,
  HeaderLine,
  Line,
  ProofLine,
} from './export/format.ts';
export { verifyExport } from './export/verify.ts';
export type { Bytes, VerifyOptions } from './export/verify.ts';
export { writeExport } from './export/write.ts';
export type { ExportSource } from './export/write.ts';
export { FINDINGS } from './findings/findings.ts';
export type { Finding, FindingKind } from './findings/findings.ts';
export { FormatError } from './format-error.ts';
export { leafHash, nodeHash } from './merkle/hash.ts';
export { consistencyProof, inclusionProof, rangeProof } from './merkle/proofs.ts';
export type { RangeProof, ReadSubtrees } from './merkle/proofs.ts';
export { consistencyRanges, inclusionRanges, subtreesOf } from './merkle/ranges.ts';
export type { Range, Subtree } from './merkle/ranges.ts';
export { GrowingTree, rootOf } from './merkle/tree.ts';
export { verifyConsistency, verifyInclusion } from './merkle/verify.ts';
export type { Consistency, Inclusion } from './merkle/verify.ts';
export { createReceipt, verifyReceipt } from './receipt.ts';
export type { Receipt, ReceiptSource } from './receipt.ts';
export type { Problem, Report, Trust } from './report.ts';
export { AUTHENTICATED_BY } from './rule.ts';
export type { Authenticated, GrantTerms, Rule } from './rule.ts';
export type { Checked } from './signing/jws.ts';
export { readKeys, readSigningKey } from './signing/keys.ts';
export type { Jwks, Keys, PublicJwk, SigningKey } from './signing/keys.ts';
export { describeReport } from './describe.ts';
export { verifyFile } from './verify-file.ts';
