import {
  buildReport,
  catalogue,
  catalogueDigest,
  formatHtml,
  formatOscal,
  formatText,
} from "@narrowgate/assurance";
import { sha256, utf8 } from "@narrowgate/kernel";
import type { ReportForms, ReportMaker } from "@narrowgate/verifier";

const columns = 100;

/** Makes readiness reports as they stand in evidence packs. @see docs/spec/evidence-pack.md K-5 */
export function reportMaker(): ReportMaker {
  return {
    catalogue: catalogueDigest(sha256, catalogue),
    make(facts): ReportForms {
      const report = buildReport(catalogue, facts);
      const lines = formatText(report, { width: columns, paint: (_, text) => text });
      return {
        text: utf8(`${lines.join("\n")}\n`),
        json: utf8(`${JSON.stringify(report, null, 2)}\n`),
        html: utf8(`${formatHtml(report).trimEnd()}\n`),
        oscal: utf8(`${JSON.stringify(formatOscal(report), null, 2)}\n`),
      };
    },
  };
}
