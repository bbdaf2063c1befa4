/** A rule that an entry breaks. `rule` is an id of docs/spec/evidence.md, or `store` for what lies beside the log. */
export interface AuditFinding {
  readonly rule: string;
  readonly index: number;
  readonly what: string;
}

/** Findings kept; a broken log breaks everywhere. */
const MAX_KEPT = 100;

/** Collects findings. */
export class AuditFindings {
  readonly kept: AuditFinding[] = [];
  count = 0;

  /** Notes a finding unless `holds`. */
  check(holds: boolean, rule: string, index: number, what: string): void {
    if (holds) return;
    this.count += 1;
    if (this.kept.length < MAX_KEPT) this.kept.push({ rule, index, what });
  }
}
