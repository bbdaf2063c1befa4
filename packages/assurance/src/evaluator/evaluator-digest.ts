/** Digest of the code that evaluates (C-6). Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "KQcKzk__Be2DKSKqAKnWB0J4z_lok5cnYK0HkuR0eiI";
