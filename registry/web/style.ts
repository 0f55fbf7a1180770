/**
 * The style of all pages, served as a file of our own: system fonts, light and dark by the reader's choice, from 320 pixels
 * on. Colours hold a contrast of 4.5 : 1 against what they stand on.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --sunk: #f2f0ea; --line: #dedbd1; --edge: #8a877c;
  --ink: #1d2023; --soft: #5b5f61; --accent: #0a6352; --accent-soft: #e0efea; --on-accent: #ffffff;
  --good: #1a6b3c; --warn: #8a5300; --bad: #ab2323; --warn-soft: #fbf0db; --bad-soft: #fae7e5; --good-soft: #e3f1e6;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif;
  --shadow: 0 1px 2px rgb(30 30 20 / 6%), 0 6px 20px -12px rgb(30 30 20 / 18%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1b1f23; --sunk: #22272b; --line: #333a3f; --edge: #7d868c;
    --ink: #e8e9e6; --soft: #a5abad; --accent: #6fd3b8; --accent-soft: #1d332e; --on-accent: #0c1f1a;
    --good: #7fd09a; --warn: #e9b665; --bad: #f29a92; --warn-soft: #35290f; --bad-soft: #3a1e1c; --good-soft: #1a3022;
    --shadow: none;
  }
}
@media (prefers-color-scheme: dark) {
  .mark.mark-0 { background: #173a31; color: #9be0cb; }
  .mark.mark-1 { background: #262b52; color: #b9c1f5; }
  .mark.mark-2 { background: #47291a; color: #f0b797; }
  .mark.mark-3 { background: #42254a; color: #dfb3e6; }
  .mark.mark-4 { background: #3c3312; color: #e6d284; }
  .mark.mark-5 { background: #163447; color: #9fd0ee; }
  .mark.mark-6 { background: #4a2029; color: #f3b0bd; }
  .mark.mark-7 { background: #2c3a17; color: #c3dba0; }
}
*, ::before, ::after { box-sizing: border-box; }
html { font: 100%/1.6 var(--sans); background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; overflow-wrap: anywhere; }
main { flex: 1; }
.wrap { width: 100%; max-width: 70rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2rem); }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
h1, h2, h3, h4 { line-height: 1.25; letter-spacing: -.012em; margin: 0; font-weight: 650; }
h1 { font-size: clamp(1.6rem, 1.25rem + 1.8vw, 2.25rem); }
h2 { font-size: 1.22rem; }
h3 { font-size: 1rem; }
p { margin: 0; }
code, pre, .mono { font-family: var(--mono); font-size: .875em; }
ul, ol { padding: 0; margin: 0; list-style: none; }
bdi { overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: .5rem 1rem; background: var(--accent); color: var(--on-accent); z-index: 2; }
.skip:focus { top: .5rem; }

.top { border-bottom: 1px solid var(--line); background: var(--card); }
.top .wrap { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem 1.25rem; padding-block: .7rem; }
.brand { display: inline-flex; align-items: center; gap: .55rem; font-weight: 700; letter-spacing: -.02em; color: var(--ink); text-decoration: none; font-size: 1.1rem; }
.brand svg { width: 1.5rem; height: 1.5rem; color: var(--accent); flex: none; }
.brand small { font: 400 .8rem var(--mono); color: var(--soft); letter-spacing: 0; }
.top nav { margin-left: auto; }
.top nav ul { display: flex; gap: .2rem; }
.top nav a { color: var(--ink); text-decoration: none; padding: .3rem .65rem; border-radius: 6px; font-size: .95rem; display: block; }
.top nav a:hover { background: var(--sunk); }
.top nav a[aria-current] { background: var(--accent-soft); color: var(--accent); font-weight: 600; }
.foot { border-top: 1px solid var(--line); margin-top: 4rem; padding: 1.5rem 0 2.5rem; color: var(--soft); font-size: .875rem; }
.foot .wrap { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; }

.hero { padding: clamp(1.75rem, 6vw, 4rem) 0 1.25rem; }
.hero.compact { padding: 1.5rem 0 0; }
.hero.compact + .search { margin-top: .9rem; }
.hero p { color: var(--soft); margin-top: .5rem; max-width: 44rem; }
.search { display: grid; grid-template-columns: minmax(0, 1fr); gap: .75rem; margin-top: 1.5rem; }
.field { display: flex; background: var(--card); border: 1px solid var(--edge); border-radius: 12px; box-shadow: var(--shadow); }
.field:focus-within { outline: 3px solid var(--accent); outline-offset: 1px; }
.field input { flex: 1; min-width: 0; font: inherit; font-size: 1.125rem; padding: .85rem 1rem; border: 0; background: none; color: inherit; border-radius: 12px 0 0 12px; outline: 0; }
.field button, .button { font: 600 1rem var(--sans); border: 0; border-radius: 9px; background: var(--accent); color: var(--on-accent); padding: .55rem 1.1rem; margin: .3rem; cursor: pointer; text-decoration: none; display: inline-block; }
.field button:hover, .button:hover { filter: brightness(1.1); }
.filters { display: flex; flex-wrap: wrap; gap: .5rem 1rem; font-size: .9rem; color: var(--soft); }
.filters label { display: inline-flex; align-items: center; gap: .4rem; }
.filters select { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--edge); border-radius: 7px; padding: .3rem .5rem; max-width: 100%; }
.count { padding: 1.1rem 0 .75rem; color: var(--soft); font-size: .95rem; border-bottom: 1px solid var(--line); }

.hits > li { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .1rem 1rem; padding: 1.1rem 0; border-bottom: 1px solid var(--line); }
.hits .mark { grid-row: 1 / span 3; }
.hits h2 { font-size: 1.05rem; display: flex; flex-wrap: wrap; gap: .1rem .6rem; align-items: baseline; }
.hits h2 a { text-decoration: none; }
.hits h2 a:hover { text-decoration: underline; }
.hits h2 .version { font: 400 .85rem var(--mono); color: var(--soft); }
.hits .what { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem .9rem; font-size: .85rem; color: var(--soft); align-items: center; margin-top: .3rem; }
.empty { padding: 3rem 0; }
.pages { display: flex; gap: 1rem; padding: 1.5rem 0; }

.mark { display: grid; place-items: center; width: 2.5rem; height: 2.5rem; border-radius: 10px; font: 700 1.05rem var(--sans); text-transform: uppercase; flex: none; }
.mark.large { width: 4rem; height: 4rem; border-radius: 15px; font-size: 1.7rem; }
.mark-0 { background: #dcebe6; color: #0a5546; } .mark-1 { background: #e3e6f5; color: #343d8c; } .mark-2 { background: #f4e4dc; color: #8a3a14; }
.mark-3 { background: #efe2f0; color: #74307a; } .mark-4 { background: #f1ead0; color: #665000; } .mark-5 { background: #dceaf3; color: #13557e; }
.mark-6 { background: #f6e0e4; color: #922440; } .mark-7 { background: #e5ecd6; color: #43591a; }
.chip { display: inline-flex; align-items: center; gap: .35rem; border: 1px solid var(--line); border-radius: 99px; padding: .05rem .6rem; font-size: .82rem; line-height: 1.5; color: var(--soft); background: var(--card); max-width: 100%; }
.chip.good { color: var(--good); background: var(--good-soft); border-color: transparent; }
.chip.warn { color: var(--warn); background: var(--warn-soft); border-color: transparent; }
.chip.bad { color: var(--bad); background: var(--bad-soft); border-color: transparent; }

.head { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .3rem 1.1rem; padding: clamp(1.5rem, 4vw, 2.75rem) 0 1.5rem; align-items: start; }
.head .ident { font: .95rem var(--mono); color: var(--soft); margin-top: .15rem; }
.head .lead { grid-column: 1 / -1; font-size: 1.1rem; line-height: 1.5; max-width: 48rem; margin-top: .6rem; white-space: pre-line; }
.head .facts { grid-column: 1 / -1; }
.notice { border-radius: 10px; padding: .8rem 1rem; margin-bottom: 1rem; border-left: 4px solid; }
.notice.bad { background: var(--bad-soft); border-color: var(--bad); }
.notice.warn { background: var(--warn-soft); border-color: var(--warn); }
.notice strong { display: block; }
.split { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2rem; }
.split > * { min-width: 0; }
.split > .first:empty { display: none; }
.stack > section + section { margin-top: 2.5rem; }
.stack > section > h2 { margin-bottom: .8rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.15rem; box-shadow: var(--shadow); }
.card h2 { font-size: 1rem; margin-bottom: .6rem; }
.card + .card { margin-top: 1rem; }
.gap { margin: 1.4rem 0 .5rem; }
.card > p + p { margin-top: .6rem; }
.index { display: flex; flex-wrap: wrap; gap: .3rem .5rem; font-size: .9rem; margin-bottom: 2rem; }
.index a { padding: .15rem .7rem; border: 1px solid var(--line); border-radius: 99px; text-decoration: none; background: var(--card); display: block; }
.index a:hover { border-color: var(--accent); }

.copy { position: relative; display: flex; align-items: stretch; background: var(--sunk); border: 1px solid var(--line); border-radius: 9px; margin: .35rem 0; }
.card .copy.long { display: block; text-align: right; }
.card .copy.long pre { text-align: left; padding-bottom: 0; }
.copy + .stack { margin-top: 2.25rem; }
.stack > section > p + div, .stack > section > p + ul { margin-top: .7rem; }
.copy pre { flex: 1; min-width: 0; margin: 0; padding: .6rem .8rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.copy button { flex: none; align-self: flex-start; font: 600 .78rem var(--sans); color: var(--accent); background: var(--card); border: 1px solid var(--line); border-radius: 7px; margin: .4rem; padding: .25rem .6rem; cursor: pointer; min-width: 4rem; }
.copy button:hover { border-color: var(--accent); }
details { border-top: 1px solid var(--line); }
details:last-of-type { border-bottom: 1px solid var(--line); }
summary { cursor: pointer; padding: .4rem .2rem; font-size: .95rem; }
summary:hover { color: var(--accent); }
details > :not(summary) { margin-bottom: .8rem; }

.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .55rem .8rem; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
thead th { font-size: .78rem; font-weight: 600; color: var(--soft); background: var(--sunk); }
tbody th { font-weight: 550; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.plain, th.plain { white-space: nowrap; }
dl.rows { display: grid; grid-template-columns: minmax(6rem, auto) minmax(0, 1fr); gap: .35rem 1rem; margin: 0; font-size: .92rem; align-items: baseline; }
dl.rows dt { color: var(--soft); }
dl.rows dd { margin: 0; }

.tool { padding: .8rem 0; border-top: 1px solid var(--line); }
.tool:last-child { border-bottom: 1px solid var(--line); }
.tool h3 { font: 600 .95rem var(--mono); }
.tool p { color: var(--soft); white-space: pre-line; }
.tool .scroll { margin-top: .5rem; }

.chain { display: grid; gap: 0; counter-reset: link; }
.chain > li { position: relative; padding: 0 0 1.4rem 2.6rem; }
.chain > li::before { content: ""; position: absolute; left: .62rem; top: .35rem; bottom: -.35rem; width: 2px; background: var(--accent); opacity: .45; }
.chain > li:last-child::before { display: none; }
.chain > li::after { counter-increment: link; content: counter(link); position: absolute; left: 0; top: .05rem; width: 1.35rem; height: 1.35rem; border-radius: 50%; background: var(--accent); color: var(--on-accent); font: 700 .75rem/1.35rem var(--sans); text-align: center; }
.chain > li.broken::after { content: "?"; background: var(--warn); }
.chain > li.broken::before { background: var(--warn); }
.chain h3 { margin-bottom: .1rem; }
.each > div { display: flex; flex-wrap: wrap; gap: 0 .8rem; }
.each { margin: .2rem 0 0; }
.each dt { min-width: 7.5rem; color: var(--soft); font-size: .9rem; }
.each dd { margin: 0; min-width: 0; }
section[id], details[id] { scroll-margin-top: 1rem; }
.chain .mono { font-size: .82rem; }

.ladder { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .4rem; margin: .2rem 0 1rem; }
.ladder li { border-top: 5px solid var(--line); padding-top: .35rem; font-size: .82rem; color: var(--soft); overflow-wrap: normal; hyphens: auto; }
.ladder li.reached { border-color: var(--good); color: var(--ink); font-weight: 600; }
.controls > li { display: grid; grid-template-columns: 4.2rem minmax(0, 1fr) auto; gap: .2rem .8rem; padding: .5rem 0; border-top: 1px solid var(--line); align-items: baseline; font-size: .95rem; }
.controls > li > .findings { grid-column: 1 / -1; }
.findings details { border: 0; }
.findings li { border-left: 3px solid var(--line); padding: .15rem 0 .15rem .8rem; margin: .5rem 0; font-size: .9rem; }
.findings .critical, .findings .high { border-color: var(--bad); }
.findings .medium { border-color: var(--warn); }

.prose { max-width: 46rem; }
.prose > * + * { margin-top: .9rem; }
.prose h3, .prose h4, .prose h5, .prose h6 { margin-top: 1.6rem; }
.prose ul { list-style: disc; padding-left: 1.4rem; } .prose ol { list-style: decimal; padding-left: 1.6rem; }
.prose pre { background: var(--sunk); border: 1px solid var(--line); border-radius: 9px; padding: .8rem 1rem; overflow-x: auto; }
.prose :not(pre) > code { background: var(--sunk); border-radius: 4px; padding: .1em .3em; }
.prose blockquote { margin: .9rem 0 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--soft); }
.prose hr { border: 0; border-top: 1px solid var(--line); }
.verb { font: 700 .78rem var(--mono); color: var(--on-accent); background: var(--accent); border-radius: 5px; padding: .15rem .45rem; }
.operation > summary { display: flex; flex-wrap: wrap; gap: .3rem .7rem; align-items: baseline; }
.operation > summary .soft { font-weight: 400; font-size: .9rem; }
.operation h4 { font-size: .9rem; margin: .8rem 0 .4rem; }

@media (min-width: 60rem) {
  .split { grid-template: "body first" auto "body rest" 1fr / minmax(0, 1fr) 22rem; gap: 0 3.5rem; }
  .split > .stack { grid-area: body; }
  .split > .first { grid-area: first; margin-bottom: 1rem; }
  .split > aside { grid-area: rest; }
}
@media (max-width: 40rem) {
  .mark.large { width: 3rem; height: 3rem; font-size: 1.3rem; border-radius: 12px; }
  .fold thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .fold table, .fold tbody, .fold tr, .fold td, .fold th { display: block; }
  .fold tr { padding: .6rem .8rem; border-bottom: 1px solid var(--line); }
  .fold tbody tr:last-child { border-bottom: 0; }
  .fold td, .fold tbody th { padding: .1rem 0; border: 0; text-align: left; white-space: normal; }
  .fold td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); }
  .fold td:empty { display: none; }
  dl.rows { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
  .field button { padding-inline: .8rem; }
  .controls > li { grid-template-columns: minmax(0, 1fr) auto; }
  .controls > li > :first-child { grid-column: 1 / -1; }
  .top nav { margin-left: 0; flex-basis: 100%; }
  .top nav ul { margin-left: -.65rem; }
}
@media print {
  .copy button, .top nav, .skip, .search, .index { display: none; }
  .split { display: block; }
  .card, .tool, .chain > li { break-inside: avoid; }
  .prose a::after { content: " (" attr(href) ")"; font-size: .85em; }
}
`;
