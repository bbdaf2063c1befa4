/** Style of the page: both colour schemes, wide tables that scroll, and paper. */
export const STYLE: string = `
:root{--text:#1b1f24;--soft:#4a5260;--line:#c9ced6;--page:#fff;--head:#f2f4f7;--link:#0b4f9e;--good:#12612f;--bad:#a01c1c;--warn:#7a4a00}
@media (prefers-color-scheme:dark){:root{--text:#e8eaed;--soft:#b3bac4;--line:#454c57;--page:#14171b;--head:#22262c;--link:#8fc1ff;--good:#7fd79b;--bad:#ff9d94;--warn:#f2c069}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:75rem;padding:1.5rem;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
h1,h2,h3{line-height:1.25}h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
a{color:var(--link)}:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999rem}.skip:focus{position:static}
.headline{font-size:1.25rem;font-weight:600}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;list-style:none}
dl{display:grid;grid-template-columns:minmax(9rem,max-content) 1fr;gap:.25rem 1rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto;margin:1rem 0}
table{width:100%;border-collapse:collapse;font-size:.9375rem}caption{padding:.25rem 0;text-align:left;color:var(--soft)}
th,td{padding:.375rem .625rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:anywhere}
thead th{background:var(--head);white-space:nowrap}tbody th{font-weight:400}
td.v{white-space:nowrap;font-weight:600}
.good,.pass,.direct,.answered{color:var(--good)}
.bad,.fail,.error,.blocks,.not-answered{color:var(--bad)}
.warn,.not_established,.stale,.warns,.open,.in-part,.supports{color:var(--warn)}
details{margin:.25rem 0}summary{cursor:pointer}
code{font-size:.9em}
@media print{body{max-width:none;padding:0;font-size:10pt}nav,.skip{display:none}details,tr{break-inside:avoid}h2,h3{break-after:avoid}.wide{overflow:visible}a{color:inherit;text-decoration:none}::details-content{content-visibility:visible;block-size:auto}}
`;
