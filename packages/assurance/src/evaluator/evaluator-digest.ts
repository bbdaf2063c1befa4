/** Digest of the code that evaluates (C-6). Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "R03imvKvZoIwCuuKsweXt906qU48sy3MIF9HakTONsE";
