/** Digest of the code that evaluates (C-6). Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "X3VUkWyDc33EdzIc5e6DGuyIyyDwiOxDOPHwawlKRL8";
