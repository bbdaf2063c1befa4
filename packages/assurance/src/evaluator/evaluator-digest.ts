/** Digest of the code that evaluates (C-6). Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "7OkhLXZzgKBqzr0NvJ2iXjCD_Lvp9yVK8s-ah0CMrxo";
