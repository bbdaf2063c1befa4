import { fallsShort, type ReadinessReport, type ReportedControl } from "./build-report.ts";
import type { GradedFramework } from "./clause-grades.ts";
import { STYLE } from "./html-style.ts";
import { weightOf } from "./weight-of.ts";

/** Frameworks that are shown clause by clause; the machine-readable formats have all. */
const SHOWN = ["ASI", "NHI", "AIRMF", "CSF", "80053", "MAESTRO"];

/** Text as HTML has it. Trust: whatever others wrote comes through here. */
export function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "amp",
    "<": "lt",
    ">": "gt",
    '"': "quot",
    "'": "#39",
  };
  return text.replace(/[&<>"']/g, (sign) => `&${names[sign] ?? ""};`);
}

type Html = { readonly html: string };
type Value = string | number | Html | readonly Html[];

function isList(value: Value): value is readonly Html[] {
  return Array.isArray(value);
}

function show(value: Value): string {
  if (isList(value)) return value.map(({ html }) => html).join("");
  return typeof value === "object" ? value.html : escapeHtml(String(value));
}

/** HTML in which every value is escaped that is not HTML already. */
function h(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const html = parts.reduce((all, part, i) => `${all}${show(values[i - 1] ?? "")}${part}`);
  return { html };
}

const none: Html = { html: "" };

function when(ms: number): string {
  return `${new Date(ms).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}

function plain(word: string): string {
  return word.replaceAll("_", " ");
}

function table(caption: string, head: readonly string[], rows: readonly Html[]): Html {
  const columns = head.map((name) => h`<th scope="col">${name}</th>`);
  return h`<div class="wide"><table><caption>${caption}</caption><thead><tr>${columns}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** The report as one page without script: for a screen, light or dark, and for paper. */
export function formatHtml(report: ReadinessReport): string {
  const title = `Readiness of ${report.agent.id}`;
  const page = h`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<header><a class="skip" href="#content">Skip to the report</a><h1>${title}</h1><p class="headline ${report.isReady ? "good" : "bad"}">${report.headline}</p>${facts(report)}</header>
<nav aria-label="Parts of the report"><ul>${PARTS.map(([id, name]) => h`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<main id="content">
${controls(report)}
${findings(report)}
${drills(report)}
${usage(report)}
${questions(report)}
${clauses(report)}
${economics(report)}
${limits(report)}
</main>
</body>
</html>
`;
  return page.html;
}

const PARTS = [
  ["controls", "Controls"],
  ["findings", "Findings"],
  ["drills", "Drills"],
  ["usage", "Granted and used"],
  ["questions", "Questions"],
  ["frameworks", "Frameworks"],
  ["limits", "How far this goes"],
] as const;

function facts(report: ReadinessReport): Html {
  const { agent, profile, log, maturity, counts } = report;
  const found = Object.entries(counts).filter(([, count]) => count > 0);
  const rows: readonly (readonly [string, string])[] = [
    ["Agent", `${agent.id}, tier ${agent.tier}, ${agent.state}`],
    ["Purpose", agent.purpose],
    ["Owner and deputy", `${agent.owner}, ${agent.deputy}`],
    ["Instance", `${report.instance}, ${report.environment}`],
    ["Evaluated", `${when(report.at)}, leaf ${report.entry}`],
    ["Log", `${log.origin}, ${log.size} leaves, root ${log.root}`],
    ["Release", report.release],
    ["Profile", `${profile.name} ${profile.version}, ${profile.controls} controls count`],
    ["Controls", found.map(([name, count]) => `${count} ${plain(name)}`).join(", ")],
    ["Maturity", `${maturity.mean} of 5 on average over the controls that count`],
    ["Catalogue", report.digests.catalogue],
    ["Evaluator", report.digests.evaluator],
  ];
  return h`<dl>${rows.map(([name, value]) => h`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function controls(report: ReadinessReport): Html {
  const families = report.families.map(
    ({ family, title, controls: some }) =>
      h`<h3 id="family-${family}">${family} ${title}</h3>${table(
        `${title}: verdict by control`,
        ["Control", "Verdict", "Looked at", "Level", "Weight"],
        some.map(controlRow),
      )}${some.map(controlDetail)}`,
  );
  const scale = report.maturity.scale.map((says, level) => h`<li value="${level}">${says}</li>`);
  return h`<section aria-labelledby="controls"><h2 id="controls">Controls</h2>${families}<h3>What levels mean</h3><ol start="0">${scale}</ol></section>`;
}

function standingOf(control: ReportedControl): string {
  const { waivedUntil } = control;
  return waivedUntil === undefined ? weightOf(control) : `waived until ${when(waivedUntil).slice(0, 10)}`;
}

function controlRow(control: ReportedControl): Html {
  const { id, title, verdict, maturity, result } = control;
  const { population, decided } = result;
  return h`<tr><th scope="row"><a href="#${id}">${id}</a> ${title}</th><td class="v ${verdict}">${plain(verdict)}</td><td>${decided} of ${population.count} ${population.of}</td><td>${maturity.level}</td><td>${standingOf(control)}</td></tr>`;
}

function controlDetail({ id, title, statement, maturity, result }: ReportedControl): Html {
  const {
    unmet,
    predicate,
    violations,
    violations_in_all,
    window,
    vantage,
    evidence,
    drills: counted,
  } = result;
  const lines: readonly (readonly [string, string])[] = [
    ["Says", statement],
    ["Window", `${when(window.from)} to ${when(window.to)}`],
    ...(unmet === undefined ? [] : [["Unmet", unmet] as const]),
    ...(predicate === undefined ? [] : [["Holds because", predicate] as const]),
    ...(violations_in_all === 0
      ? []
      : [
          [
            "Counter-examples",
            `${violations_in_all}: ${violations.map(({ says }) => says).join("; ")}`,
          ] as const,
        ]),
    ...(maturity.raise === undefined || maturity.raise === ""
      ? []
      : [["To raise it", maturity.raise] as const]),
    ["Who could forge it", vantage.join(" ")],
    ["Evidence", evidence.map(({ entry, index }) => `${entry} at ${index}`).join(", ") || "none"],
    ...(counted.length === 0 ? [] : [["Drill results", counted.join(", ")] as const]),
    ["Held to", JSON.stringify(result.parameters)],
  ];
  return h`<details id="${id}"><summary>${id} ${title}</summary><dl>${lines.map(([name, value]) => h`<dt>${name}</dt><dd>${value}</dd>`)}</dl></details>`;
}

function findings({ findings: found }: ReadinessReport): Html {
  const rows = found.map(
    ({ control, severity, says, raise, entries }) =>
      h`<tr><th scope="row"><a href="#${control}">${control}</a></th><td class="v ${severity}">${severity}</td><td>${says}</td><td>${raise}</td><td>${entries.join(", ")}</td></tr>`,
  );
  const head = ["Control", "Severity", "Finding", "What would raise it", "Leaves"];
  const shown = rows.length === 0 ? h`<p>None.</p>` : table("Findings, the worst first", head, rows);
  return h`<section aria-labelledby="findings"><h2 id="findings">Findings</h2>${shown}</section>`;
}

function drills(report: ReadinessReport): Html {
  const rows = report.drills.map((row) => {
    const { id, name, demanded, absent, result, entry } = row;
    const asked = demanded === undefined ? "" : `${demanded.trials} at ${demanded.load}`;
    const front = h`<th scope="row">${id} ${name}</th>`;
    if (result === undefined)
      return h`<tr>${front}<td class="v not_established">no result</td><td>${asked}</td><td></td><td>${absent ?? ""}</td></tr>`;
    const { verdict, trials, failures, bound, load, simulated } = result;
    const figures = `${failures} of ${trials} failed at ${load}; no failure supports ${Number((bound * 100).toPrecision(2))} %`;
    const short = fallsShort(row) ? ["too little to count for what is demanded"] : [];
    const more = [...short, ...simulated.map((says) => `simulated: ${says}`), `leaf ${entry ?? ""}`].join(
      "; ",
    );
    return h`<tr>${front}<td class="v ${verdict}">${plain(verdict)}</td><td>${asked}</td><td>${figures}</td><td>${more}</td></tr>`;
  });
  const head = ["Drill", "Verdict", "Demanded trials", "Figures", "Note"];
  return h`<section aria-labelledby="drills"><h2 id="drills">Drills</h2>${table("Drills of this release and build", head, rows)}</section>`;
}

function usage({ usage: used, work }: ReadinessReport): Html {
  const rows = used.rows.map(({ server, kind, name, effect, dataClass, calls, last }) => {
    const seen = last === undefined ? "not seen used" : when(last);
    return h`<tr><th scope="row">${server}/${kind}/${name}</th><td>${effect}</td><td>${dataClass}</td><td>${calls}</td><td>${seen}</td></tr>`;
  });
  const head = ["Operation", "Effect", "Data class", "Calls that were opened", "Last seen used"];
  return h`<section aria-labelledby="usage"><h2 id="usage">Granted and used</h2><p>${used.used} of ${used.rows.length} operations were seen used; ${used.idleWrites} that change something were not. The operation of ${used.opened} of ${used.calls} calls was opened.</p><p>${work.closed} tasks ended, ${work.completed} with every call ended well; ${work.verified} were verified again, ${work.unverified} of them did not verify. ${work.refused} decisions refused; people were asked ${work.asked} times, signed ${work.approved} and declined ${work.declined}.</p>${table("Operations that are granted", head, rows)}</section>`;
}

function questions(report: ReadinessReport): Html {
  const rows = report.questions.map(
    ({ n, question, state, artefact, shown, open, controls: ids, aicaiq }) =>
      h`<tr><th scope="row">${n}. ${question}</th><td class="v ${state.replaceAll(" ", "-")}">${state}</td><td>${artefact}<br>${shown.map((command) => h`<code>${command}</code> `)}</td><td>${open.join("; ")}</td><td>${[...ids, ...aicaiq].join(", ")}</td></tr>`,
  );
  const head = ["Question", "State", "What shows it", "What is open", "Controls; AI-CAIQ ids"];
  return h`<section aria-labelledby="questions"><h2 id="questions">A reviewer's questions</h2>${table("Questions and answers", head, rows)}</section>`;
}

function framework({ key, version, name, edition, licence, draft, clauses: graded }: GradedFramework): Html {
  const rows = graded.map(
    ({ id, title, grade, by, open, read, conditional }) =>
      h`<tr><th scope="row">${id}${title === undefined ? "" : ` ${title}`}</th><td class="v ${grade}">${plain(grade)}${conditional === true ? " (conditional)" : ""}</td><td>${by.join(", ")}</td><td>${open.join(", ")}</td><td>${read}</td></tr>`,
  );
  const head = ["Clause", "Grade", "By", "Open", "Id was read"];
  return h`<h3>${name} ${version}</h3><p>${edition}. ${licence}.${draft ? " A draft." : ""}</p>${table(`${key} ${version}, clause by clause`, head, rows)}`;
}

function clauses({ frameworks, unverified }: ReadinessReport): Html {
  const summary = frameworks.map(
    ({ name, version, direct, supports, open }) =>
      h`<tr><th scope="row">${name} ${version}</th><td>${direct}</td><td>${supports}</td><td>${open}</td></tr>`,
  );
  const head = ["Framework", "Direct", "Supported", "Not established"];
  const note =
    unverified.length === 0
      ? none
      : h`<p class="bad">${unverified.length} cited clauses were never read in a text: this report cannot be signed.</p>`;
  const shown = frameworks.filter(({ key }) => SHOWN.includes(key)).map(framework);
  return h`<section aria-labelledby="frameworks"><h2 id="frameworks">Frameworks: what the evidence bears on</h2><p>Direct: every control whose own evidence answers the clause holds. Supports: something that contributes holds.</p>${note}${table("Clauses by framework", head, summary)}${shown}</section>`;
}

function economics({ economics: figures }: ReadinessReport): Html {
  if (figures === undefined) return none;
  const rows = figures.map(
    ({ name, value, unit, basis, says }) =>
      h`<tr><th scope="row">${name}</th><td>${value === undefined ? "cannot be said" : `${value} ${unit}`}</td><td>${basis}</td><td>${says}</td></tr>`,
  );
  return h`<section aria-labelledby="economics"><h2 id="economics">Economics</h2>${table("Measured, assumed and computed", ["Figure", "Value", "Basis", "From"], rows)}</section>`;
}

function limits({ limits: said }: ReadinessReport): Html {
  return h`<section aria-labelledby="limits"><h2 id="limits">How far this goes</h2><ul>${said.map((one) => h`<li>${one}</li>`)}</ul></section>`;
}
