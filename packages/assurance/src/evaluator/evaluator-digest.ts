/** Digest of the code that evaluates (C-6). Written by `npm run docs`; a test holds it to the sources. */
export const EVALUATOR_DIGEST: string = "_gxW8R_Ak70tG3-dPlEse51Xlzh1Wje7u-N95JWtdPg";
