/** The text of `README.txt` of every evidence pack. @see docs/spec/evidence-pack.md section 4 */
export const PACK_README: string = `This is an evidence pack of Narrowgate: a release of an agent, with what was found of it, who signed it, and what the
agent did, and the proof of all of that.

Nothing in this archive can vouch for itself. To check it you need two things that did not come with it:

1. A trust file. It names the log, the witnesses and the issuers that you believe. Get it from the people who run the
   instance over another way than this file, or from a witness, and compare it with what others were given.
2. A verifier. Take \`narrowgate\` of the version that pack.json names under made_by from where you trust its publisher;
   or take the independent checker (Python), or write one: the formats are public, docs/spec/evidence-pack.md says what
   to check.

Then, on any machine, without network:

    narrowgate verify FILE --trust TRUST
    python3 check_pack.py FILE --trust TRUST

Exit code 0: verified. 1: failed, with the first rule that does not hold. 3: all that is here holds, and a transaction
in it had not ended when it was exported. \`narrowgate verify\` prints the digest of its own build; made_by.verifier is
the digest of the one that checked the pack when it was written. They differ where versions do.

To read: reports/report.html is the readiness report. release.json has the evaluation, drill results and signatures,
each transactions/*.json is a proof bundle of one transaction, and verifies alone. pack.json and end.json say how many
transactions there were, how many of them are sensitive and all here, and how many of the others were drawn by lot.

What a verified pack does not show is told in the specification, section 3, and in the report itself.
`;
