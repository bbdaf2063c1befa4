/** Digest of the code that evaluates (C-6). Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "ojYnSYilhV1tlG08pixzPf3ZPAdVFld0Bnx5pUnacmo";
