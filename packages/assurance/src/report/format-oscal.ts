import { canonicalJson, type JsonObject, sha256, utf8 } from "@narrowgate/kernel";
import type { ReadinessReport, ReportedControl } from "./build-report.ts";

/** The edition of OSCAL that is written. */
export const OSCAL_VERSION = "1.1.1";

/** Namespace of properties that OSCAL does not have. */
const NAMESPACE = "urn:narrowgate:oscal:1";

/** A UUID of version 5's form out of a name: the same report has the same ones wherever it is made. */
function uuidOf(report: ReadinessReport, name: string): string {
  const hash = sha256(utf8(`narrowgate/oscal/v1\n${report.entry}\n${report.digests.profile}\n${name}`));
  const hex = [...hash.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = "89ab"[Number.parseInt(hex.charAt(16), 16) % 4] ?? "8";
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join("-");
}

function prop(name: string, value: string | number): JsonObject {
  return { name, ns: NAMESPACE, value: line(String(value)) };
}

/** Values of OSCAL are one line that neither begins nor ends with a blank. */
function line(text: string): string {
  const plain = text.replace(/\s+/g, " ").trim();
  return plain === "" ? "none" : plain;
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** The id that OSCAL's catalogue of SP 800-53 gives a control: `AC-2(1)` is `ac-2.1`. */
function oscalId(clause: string): string {
  return clause.toLowerCase().replace(/\((\d+)\)/g, ".$1");
}

function controlsOf800(report: ReadinessReport): readonly string[] {
  const framework = report.frameworks.find(({ key }) => key === "80053");
  return [...new Set((framework?.clauses ?? []).map(({ id }) => oscalId(id)))].filter((id) =>
    /^[a-z]{2}-\d+(?:\.\d+)?$/.test(id),
  );
}

function clausesOf(report: ReadinessReport, control: string): readonly JsonObject[] {
  return report.frameworks.flatMap(({ key, version, clauses }) =>
    clauses
      .filter(({ by, open }) => by.includes(control) || open.includes(control))
      .map(({ id, grade }) => ({
        ...prop("clause", `${key}@${version}#${id}`),
        class: grade.replace("_", "-"),
      })),
  );
}

function observation(report: ReadinessReport, { id, statement, result }: ReportedControl): JsonObject {
  const { population, decided, vantage, window, evidence, drills } = result;
  const seen = `${decided} of ${population.count} ${population.of} could be decided, from ${instant(window.from)} to ${instant(window.to)}.`;
  const shown = [
    ...evidence.map(({ entry, index }) => ({
      href: `#leaf-${entry}`,
      description: `Leaf ${index} of ${report.log.origin}.`,
    })),
    ...drills.map((entry) => ({
      href: `#leaf-${entry}`,
      description: "The result of a drill, as it is on record.",
    })),
  ];
  return {
    uuid: uuidOf(report, `observation ${id}`),
    title: `What ${id} looked at`,
    description: `${statement} ${seen}`,
    props: [
      prop("population", population.count),
      prop("decided", decided),
      prop("counter-examples", result.violations_in_all),
      prop("parameters", canonicalJson(result.parameters)),
    ],
    methods: drills.length > 0 ? ["TEST", "EXAMINE"] : ["EXAMINE"],
    collected: instant(report.at),
    expires: instant(report.at + result.max_age_s * 1000),
    ...(shown.length === 0 ? {} : { "relevant-evidence": shown }),
    remarks: line(vantage.join(" ")),
  };
}

function finding(report: ReadinessReport, control: ReportedControl): JsonObject {
  const { id, title, statement, verdict, maturity, isBlocking, result } = control;
  const isHeld = verdict === "pass" || verdict === "not_applicable";
  const reason = verdict === "pass" ? "pass" : verdict === "fail" ? "fail" : "other";
  const says = [result.unmet, result.predicate, ...result.violations.map((one) => one.says)];
  return {
    uuid: uuidOf(report, `finding ${id}`),
    title: `${id} ${title}`,
    description: statement,
    props: [
      prop("verdict", verdict),
      prop("maturity-level", maturity.level),
      prop("keeps-release-back", isBlocking ? "yes" : "no"),
      ...clausesOf(report, id),
    ],
    target: {
      type: "objective-id",
      "target-id": id.toLowerCase(),
      status: {
        state: isHeld ? "satisfied" : "not-satisfied",
        reason,
        remarks: line(says.filter((one) => one !== undefined).join("; ") || verdict),
      },
    },
    "related-observations": [{ "observation-uuid": uuidOf(report, `observation ${id}`) }],
  };
}

/**
 * The report as OSCAL assessment results (JSON). Findings are about controls of the catalogue; clauses of frameworks stand
 * in them as properties with their grade, by ids alone.
 * @see docs/spec/assurance.md section 7
 */
export function formatOscal(report: ReadinessReport): JsonObject {
  const controls = report.families.flatMap((family) => family.controls);
  const reviewed = controlsOf800(report);
  const plan = uuidOf(report, "plan");
  return {
    "assessment-results": {
      uuid: uuidOf(report, "results"),
      metadata: {
        title: line(`Readiness of ${report.agent.id}`),
        "last-modified": instant(report.at),
        version: report.entry,
        "oscal-version": OSCAL_VERSION,
        props: [
          prop("agent", report.agent.id),
          prop("release", report.release),
          prop("log", report.log.origin),
        ],
        remarks: line(report.limits.join(" ")),
      },
      "import-ap": { href: `#${plan}` },
      results: [
        {
          uuid: uuidOf(report, "result"),
          title: line(`Evaluation ${report.entry}`),
          description: line(report.headline),
          start: instant(report.at),
          end: instant(report.at),
          props: [
            prop("profile", `${report.profile.name} ${report.profile.version}`),
            prop("catalogue", report.digests.catalogue),
            prop("evaluator", report.digests.evaluator),
            prop("log-size", report.log.size),
            prop("log-root", report.log.root),
          ],
          "reviewed-controls": {
            "control-selections": [
              reviewed.length === 0
                ? { "include-all": {} }
                : { "include-controls": reviewed.map((id) => ({ "control-id": id })) },
            ],
          },
          observations: controls.map((control) => observation(report, control)),
          findings: controls.map((control) => finding(report, control)),
        },
      ],
      "back-matter": {
        resources: [
          {
            uuid: plan,
            title: line(`Gate profile ${report.profile.name} ${report.profile.version}`),
            description: "What was assessed: the controls and drills of this gate profile, by its digest.",
            props: [prop("digest", report.digests.profile)],
          },
        ],
      },
    },
  };
}
