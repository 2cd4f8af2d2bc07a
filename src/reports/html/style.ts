/** The page's style sheet. Colours meet WCAG AA on their grounds in both schemes; text is never told by colour alone. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --card: #ffffff; --ink: #17212e; --muted: #525e6d; --edge: #d7dde4; --accent: #0b57c4;
  --good: #13653c; --good-ground: #ddf1e5; --exam: #e6e9f7; --h0: #d9e8fb; --h1: #a9cbf5; --h2: #6ea6e8; --h3: #2f72c4; --h4: #123f7a; --bad: #a01b1b; --track: #e9edf2; --code: #f1f4f7;
  --critical-ground: #fce4e4; --critical: #931414; --warning-ground: #fdeecb; --warning: #6d4400; --info-ground: #e0ecfc; --info: #0c4791;
  --used: #1f6fd1; --unused: #e2a23b; --unused-line: #8a5600;
  --s0: #1f6fd1; --s1: #c26a00; --s2: #12857a; --s3: #8847c4; --s4: #c8372d; --s5: #66717f; --s6: #5b8a12; --s7: #c0307f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10161d; --card: #18202a; --ink: #e7ecf2; --muted: #a7b3c0; --edge: #313d4a; --accent: #86b9ff;
    --good: #6fd39c; --good-ground: #12402a; --exam: #2a3350; --h0: #24364d; --h1: #2f5683; --h2: #3f7fc0; --h3: #7ab4f2; --h4: #cfe4ff; --bad: #ff9d97; --track: #26303c; --code: #111921;
    --critical-ground: #4a1a1c; --critical: #ffc4c0; --warning-ground: #43330d; --warning: #ffd98c; --info-ground: #16345a; --info: #bcd8ff;
    --used: #5fa2f5; --unused: #b8812a; --unused-line: #f3c877;
    --s0: #5fa2f5; --s1: #f0a04b; --s2: #4cc4b5; --s3: #bd8cf0; --s4: #f2766c; --s5: #94a1b0; --s6: #9cc650; --s7: #f07fb8;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
main, .page-head, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
a { color: var(--accent); }
h1 { font-size: clamp(1.35rem, 1rem + 1.9vw, 2.1rem); line-height: 1.25; letter-spacing: -0.015em; margin: 0.4rem 0 0.75rem; text-wrap: pretty; }
h2 { font-size: 1.3rem; letter-spacing: -0.01em; margin: 2.5rem 0 0.75rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: 0 0 0.75rem; }
.muted, .note { color: var(--muted); }
.note { font-size: 0.85rem; margin: 0.5rem 0 0; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--card); padding: 0.25rem 0.75rem; z-index: 2; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.page-head { padding-top: 1.5rem; }
.brand { display: flex; flex-wrap: wrap; gap: 0.15rem 0.9rem; font-size: 0.9rem; color: var(--muted); margin: 0; }
.brand strong { color: var(--ink); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.4rem; list-style: none; padding: 0; margin: 1rem 0 0; }
nav a { display: block; padding: 0.25rem 0.8rem; border: 1px solid var(--edge); border-radius: 99px; background: var(--card); text-decoration: none; font-size: 0.9rem; }
nav a:hover { border-color: var(--accent); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr)); gap: 0.75rem; margin: 1.25rem 0 0; padding: 0; }
.tile, .card, .figure, .source { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; }
.tile { padding: 0.8rem 1rem; display: flex; flex-direction: column; }
.tile dt { color: var(--muted); font-size: 0.85rem; }
.tile dd { margin: 0; }
.tile .value { font-size: 1.5rem; font-weight: 650; letter-spacing: -0.015em; font-variant-numeric: tabular-nums; line-height: 1.3; }
.tile .value.good { color: var(--good); }
.tile .more { font-size: 0.85rem; color: var(--muted); }
.sources { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0.6rem; list-style: none; padding: 0; margin: 0; }
.source { padding: 0.6rem 0.9rem; font-size: 0.9rem; border-left: 4px solid var(--edge); }
.source.ok { border-left-color: var(--good); } .source.partial { border-left-color: var(--unused); } .source.failed { border-left-color: var(--bad); }
.source .state { float: right; font-weight: 600; }
.source.ok .state { color: var(--good); } .source.partial .state { color: var(--warning); } .source.failed .state { color: var(--bad); } .source.absent .state { color: var(--muted); }
.source ul { margin: 0.25rem 0 0; padding-left: 1.1rem; color: var(--muted); }
.needs-js { display: none; }
.js .needs-js { display: revert; }
.toolbar { display: none; }
.js .toolbar { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: end; margin-bottom: 0.75rem; }
.toolbar label { display: flex; flex-direction: column; font-size: 0.8rem; color: var(--muted); flex: 1 1 8.5rem; }
.toolbar .wide { flex: 3 1 15rem; }
input, select, button { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--muted); border-radius: 7px; padding: 0.4rem 0.6rem; min-height: 2.5rem; max-width: 100%; }
button { cursor: pointer; }
button:hover { border-color: var(--accent); color: var(--accent); }
.count { width: 100%; font-size: 0.9rem; margin: 0; color: var(--muted); }
.findings { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.5rem; grid-template-columns: minmax(0, 1fr); }
/* Not list items: Chromium numbers those anew for each one that a filter hides, seconds for 1,000. */
.findings > li { display: block; content-visibility: auto; contain-intrinsic-size: auto 4.6rem; }
.findings > li[hidden] { display: none; }
.card > details > summary { cursor: pointer; display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0.1rem 0.8rem; padding: 0.75rem 1rem; align-items: baseline; list-style: none; border-radius: 10px; }
.card > details > summary::-webkit-details-marker { display: none; }
.card > details > summary:hover h3 { color: var(--accent); }
.card > details[open] > summary { border-bottom: 1px solid var(--edge); border-radius: 10px 10px 0 0; }
.card details:target, .card.target { border-color: var(--accent); box-shadow: 0 0 0 2px var(--accent); }
.card h3::after { content: "\\A0\\25B8"; color: var(--muted); font-weight: 400; }
.card details[open] > summary h3::after { content: "\\A0\\25BE"; }
.money { text-align: right; font-weight: 650; font-variant-numeric: tabular-nums; white-space: nowrap; }
.money.saves { color: var(--good); } .money.none { color: var(--muted); font-weight: 400; }
.where { grid-column: 2; color: var(--muted); font-size: 0.9rem; }
.sure { text-align: right; color: var(--muted); font-size: 0.85rem; white-space: nowrap; }
.badge { font-size: 0.75rem; font-weight: 650; padding: 0.1rem 0.5rem; border-radius: 99px; min-width: 4.4rem; text-align: center; }
.badge.critical { background: var(--critical-ground); color: var(--critical); }
.badge.warning { background: var(--warning-ground); color: var(--warning); }
.badge.info { background: var(--info-ground); color: var(--info); }
.body { padding: 0.9rem 1rem 1rem; display: grid; gap: 0.9rem; grid-template-columns: minmax(0, 1fr); }
.body h4 { margin: 0 0 0.3rem; font-size: 0.8rem; color: var(--muted); font-weight: 600; }
.body p { margin: 0; }
.body h5 { margin: 0.7rem 0 0.3rem; font-size: 0.9rem; }
.body .note { margin-top: 0.3rem; }
.change { font-size: 1.05rem; font-weight: 600; }
.body .risk { margin-top: 0.3rem; }
.body-side { display: grid; gap: 0.9rem; align-content: start; }
.columns { display: grid; gap: 0.9rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
.patch { position: relative; margin-top: 0.5rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--code); }
.patch-head { display: flex; flex-wrap: wrap; gap: 0.3rem 0.8rem; align-items: center; justify-content: space-between; padding: 0.3rem 0.4rem 0.3rem 0.8rem; border-bottom: 1px solid var(--edge); font-size: 0.85rem; min-height: 2.6rem; }
.patch-head button { min-height: 1.9rem; padding: 0.1rem 0.8rem; }
pre { margin: 0; padding: 0.7rem 0.8rem; overflow-x: auto; font: 0.85rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; tab-size: 2; overflow-wrap: normal; }
pre.advice { white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.tables { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
th, td { text-align: left; padding: 0.35rem 0.9rem 0.35rem 0; border-bottom: 1px solid var(--edge); vertical-align: top; min-width: 4.5rem; overflow-wrap: break-word; }
.tables th:first-child, .tables td:first-child { min-width: 9rem; overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--muted); }
tbody th { color: var(--ink); font-weight: 400; }
td { font-variant-numeric: tabular-nums; }
tr:last-child > * { border-bottom: 0; }
.figure { margin: 0 0 1rem; padding: 1rem 1.1rem; }
.figure figcaption h3 { font-size: 1.05rem; }
.figure .answer { margin: 0.2rem 0 0.7rem; }
.figures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); align-items: start; }
.figures .figure { margin: 0; }
.fold > summary { cursor: pointer; color: var(--accent); font-size: 0.9rem; padding: 0.3rem 0; }
.figure .fold { margin-top: 0.5rem; }
.bars { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.65rem; }
.bar-row { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; align-items: baseline; font-size: 0.9rem; }
.bar-name { font-weight: 600; }
.bar-figures { font-variant-numeric: tabular-nums; }
.bar-parts { display: block; color: var(--muted); font-size: 0.85rem; }
.bar { flex: none; display: block; margin-top: 0.2rem; border-radius: 3px; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; padding: 0; margin: 0 0 0.7rem; font-size: 0.85rem; }
.legend li { display: flex; align-items: center; gap: 0.4rem; }
.swatch { flex: none; }
.scores { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.8rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); }
.score { display: flex; gap: 0.8rem; align-items: flex-start; font-size: 0.9rem; }
.grade { flex: none; width: 2.6rem; height: 2.6rem; border-radius: 8px; display: grid; place-items: center; font-size: 1.3rem; font-weight: 700; }
.grade-A, .grade-B { background: var(--good-ground); color: var(--good); } .grade-C { background: var(--info-ground); color: var(--info); }
.grade-D { background: var(--warning-ground); color: var(--warning); } .grade-F { background: var(--critical-ground); color: var(--critical); }
.grade-none { background: var(--track); color: var(--muted); }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.chosen { stroke: var(--s4); stroke-width: 2; } .current { stroke: var(--muted); stroke-width: 2; stroke-dasharray: 2 4; } .exam { fill: var(--exam); } .axis { stroke: var(--muted); }
.heat-0 { fill: var(--h0); } .heat-1 { fill: var(--h1); } .heat-2 { fill: var(--h2); } .heat-3 { fill: var(--h3); } .heat-4 { fill: var(--h4); } .heat-none { fill: none; stroke: var(--edge); }
.critical-path { fill: var(--s4); }
.track { fill: var(--track); } .used { fill: var(--used); } .unused { fill: var(--unused); }
.series-0 { fill: var(--s0); } .series-1 { fill: var(--s1); } .series-2 { fill: var(--s2); } .series-3 { fill: var(--s3); }
.series-4 { fill: var(--s4); } .series-5 { fill: var(--s5); } .series-6 { fill: var(--s6); } .series-7 { fill: var(--s7); }
.line { fill: none; stroke-width: 2.5; stroke-linecap: butt; }
.line-0 { stroke: var(--s0); } .line-1 { stroke: var(--s1); stroke-dasharray: 7 5; } .line-2 { stroke: var(--s2); } .line-3 { stroke: var(--s3); stroke-dasharray: 2 3; }
.line-4 { stroke: var(--s4); } .line-5 { stroke: var(--s5); stroke-dasharray: 10 4 2 4; } .line-6 { stroke: var(--s6); } .line-7 { stroke: var(--s7); stroke-dasharray: 4 4; }
.grid { stroke: var(--edge); stroke-width: 1; }
.tick { fill: var(--muted); stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; paint-order: stroke; font-size: 12px; font-variant-numeric: tabular-nums; }
.plot { display: block; }
.meaning { padding-left: 1.1rem; }
footer { margin-top: 3rem; padding-bottom: 2rem; font-size: 0.85rem; color: var(--muted); }
@media (max-width: 40rem) {
  .card > details > summary { grid-template-columns: auto 1fr; padding: 0.7rem 0.8rem; }
  .card h3 { grid-column: 1 / -1; grid-row: 2; }
  .where { grid-column: 1 / -1; }
  .sure { grid-column: 1 / -1; text-align: left; }
  .money { grid-row: 1; grid-column: 2; }
  .body { padding: 0.8rem; }
  .figure { padding: 0.9rem 0.8rem; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked table, .stacked tbody, .stacked tr, .stacked th, .stacked td { display: block; min-width: 0; }
  .stacked tr { padding: 0.5rem 0; border-bottom: 1px solid var(--edge); }
  .stacked tbody th, .stacked td { padding: 0.1rem 0; border: 0; }
  .stacked td::before { content: attr(data-label) ": "; color: var(--muted); }
}
@media print {
  :root { color-scheme: light; --ground: #fff; --card: #fff; --ink: #000; --muted: #444; --edge: #bbb; --accent: #000; --good: #0b4d2b; --good-ground: #ddf1e5; --exam: #e6e9f7; --h0: #d9e8fb; --h1: #a9cbf5; --h2: #6ea6e8; --h3: #2f72c4; --h4: #123f7a; --bad: #7d1010;
    --track: #eee; --code: #f6f6f6; --critical-ground: #fce4e4; --critical: #931414; --warning-ground: #fdeecb; --warning: #6d4400; --info-ground: #e0ecfc; --info: #0c4791;
    --used: #1f6fd1; --unused: #e2a23b; --s0: #1f6fd1; --s1: #c26a00; --s2: #12857a; --s3: #8847c4; --s4: #c8372d; --s5: #66717f; --s6: #5b8a12; --s7: #c0307f; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  @page { margin: 14mm 12mm; }
  html { font-size: 12px; }
  body { font-size: 1rem; }
  .columns { grid-template-columns: 3fr 2fr; }
  .tiles { grid-template-columns: repeat(4, 1fr); }
  .tile .value { font-size: 1.3rem; }
  .body { padding-top: 0.6rem; }
  nav, .js .toolbar, .js .needs-js, .figure .fold, .skip { display: none; }
  main, .page-head, footer { max-width: none; padding: 0; }
  .findings > li { content-visibility: visible; }
  .card > details::details-content { content-visibility: visible; block-size: auto; }
  .card > details > summary, .tile, .source, .bar-row, tr, h2, h3 { break-inside: avoid; }
  .figure { break-inside: avoid; }
  h2, h3, .card > details > summary { break-after: avoid; }
  pre { white-space: pre-wrap; }
}
`;
