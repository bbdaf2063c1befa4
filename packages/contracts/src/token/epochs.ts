import { integer, refuseInput, text } from "../reading/readers.ts";
import type { Reader } from "../reading/shape.ts";
import { REVOCABLE_KINDS } from "../revocation/epochs.ts";
import type { EpochPair } from "./claims.ts";

const maxPairs = 64;
const readKindRef = text({
  max: 128,
  pattern: new RegExp(`^(${REVOCABLE_KINDS.join("|")}):[A-Za-z0-9_-]{1,86}$`),
});
const readEpoch = integer();

const readPair: Reader<EpochPair> = (value, path) => {
  if (!Array.isArray(value) || value.length !== 2)
    refuseInput(path, "must be a pair of `kind:ref` and epoch");
  return [readKindRef(value[0], `${path}/0`), readEpoch(value[1], `${path}/1`)];
};

/** At most 64 pairs, sorted by `kind:ref`, none twice (token T-2). */
export const readEpochs: Reader<readonly EpochPair[]> = (value, path) => {
  if (!Array.isArray(value) || value.length > maxPairs)
    refuseInput(path, `must be a list of at most ${maxPairs} pairs`);
  const pairs = value.map((pair: unknown, i) => readPair(pair, `${path}/${i}`));
  pairs.forEach(([kindRef], i) => {
    const before = pairs[i - 1]?.[0];
    if (before !== undefined && before >= kindRef) refuseInput(`${path}/${i}`, "must be sorted and unique");
  });
  return pairs;
};
