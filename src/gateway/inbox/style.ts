/** The look of the inbox: one sheet, no fonts or pictures from elsewhere, light and dark by the reader's own setting. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f4f0; --surface: #ffffff; --sunk: #f8f7f4; --line: #dedbd3; --line-strong: #8b8f8c;
  --ink: #1c2321; --muted: #59625f; --accent: #0f6b5c; --accent-ink: #ffffff; --accent-soft: #e3f1ed;
  --danger: #a12b26; --danger-soft: #fbeae8; --warn: #85500a; --warn-soft: #fdf1dc; --string: #17579a; --number: #7a3e9d;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121615; --surface: #1a201e; --sunk: #151a19; --line: #2f3835; --line-strong: #6f7b77;
    --ink: #e7ebe9; --muted: #a3aeaa; --accent: #58c4ac; --accent-ink: #06231d; --accent-soft: #17332d;
    --danger: #f29089; --danger-soft: #3a1d1b; --warn: #efb867; --warn-soft: #372810; --string: #8fc1f5; --number: #d3a5ee;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.55 var(--sans); }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1, h2, h3, p, dl, ul, ol, blockquote { margin: 0; }
h1 { font-size: 1.6rem; line-height: 1.25; letter-spacing: -0.015em; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; line-height: 1.35; }
h3 { font-size: 1rem; }
a { color: var(--accent); text-underline-offset: 0.2em; }
code, .tool, .code { font-family: var(--mono); }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.muted { color: var(--muted); }
.small { font-size: 0.875rem; }
.label, dt, .eyebrow { color: var(--muted); font-size: 0.8125rem; }
.label { display: block; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--surface); padding: 0.5rem 1rem; z-index: 1; }

.top { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; justify-content: space-between;
  padding: 0.75rem 1.25rem; background: var(--surface); border-bottom: 1px solid var(--line); }
.mark { display: inline-flex; gap: 0.6rem; align-items: center; color: var(--ink); font-weight: 650; text-decoration: none; }
.mark img { display: block; }
.who { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: center; font-size: 0.9rem; }

.tabs { display: flex; gap: 0.25rem; margin-bottom: 1rem; border-bottom: 1px solid var(--line); }
.tabs a { padding: 0.6rem 1rem; min-height: 2.75rem; color: var(--muted); font-weight: 600; text-decoration: none;
  border-bottom: 3px solid transparent; margin-bottom: -1px; }
.tabs a:hover { color: var(--ink); }
.tabs a[aria-current] { color: var(--ink); border-bottom-color: var(--accent); }

.card { background: var(--surface); border: 1px solid var(--line); border-radius: 14px; padding: 1.5rem;
  display: grid; gap: 1rem; margin-bottom: 1.25rem; box-shadow: 0 1px 2px rgb(0 0 0 / 4%); }
.card > * { min-width: 0; }
.narrow { max-width: 30rem; margin: 8vh auto 0; }
.heading { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: center; justify-content: space-between; margin-bottom: 1.25rem; }
.back { margin-bottom: 0.75rem; font-size: 0.9rem; }
.empty { text-align: center; padding: 3.5rem 1.5rem; border-style: dashed; }

[data-live] { display: contents; }
body { overflow-anchor: none; }
.list { list-style: none; padding: 0; }
.item { position: relative; gap: 0.45rem; padding: 1.1rem 1.5rem; }
.item h2 a { color: var(--ink); text-decoration: none; }
.item h2 a::after { content: ""; position: absolute; inset: 0; border-radius: 14px; }
.item:hover { border-color: var(--accent); }
.item h2 a:focus-visible { outline: none; }
.item h2 a:focus-visible::after { outline: 3px solid var(--accent); outline-offset: 2px; }
.preview { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; font-size: 0.9rem; }
.preview .text { white-space: normal; }
.pair .name { color: var(--muted); }
.meta { display: flex; flex-wrap: wrap; align-items: center; gap: 0.2rem 1.1rem; color: var(--muted); font-size: 0.875rem; }

.filters { margin-bottom: 1rem; display: grid; gap: 0.6rem; }
.filters .search { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
.filters .search input { flex: 1 1 8rem; }
.filters .more { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 0.6rem 1rem; margin-top: 0.6rem; }
.filters summary { cursor: pointer; color: var(--muted); font-size: 0.9rem; }
.filters input, .filters select { width: 100%; font: inherit; color: inherit; background: var(--sunk);
  border: 1px solid var(--line-strong); border-radius: 8px; padding: 0.45rem 0.7rem; min-height: 2.75rem; }

.chip { display: inline-block; padding: 0.15rem 0.7rem; border-radius: 999px; font-size: 0.8125rem; font-weight: 600;
  background: var(--sunk); color: var(--ink); border: 1px solid var(--line); }
.chip.pending { background: var(--warn-soft); color: var(--warn); border-color: transparent; }
.chip.approved, .chip.answered { background: var(--accent-soft); color: var(--accent); border-color: transparent; }
.chip.risk-high, .chip.risk-critical { background: var(--danger-soft); color: var(--danger); border-color: transparent; }
.chip.risk-medium { background: var(--warn-soft); color: var(--warn); border-color: transparent; }
.chip.denied { background: var(--danger-soft); color: var(--danger); border-color: transparent; }
.eyebrow { display: flex; flex-wrap: wrap; gap: 0.4rem 0.9rem; align-items: center; }
.eyebrow .left { color: var(--ink); }
#live-state + h1 { margin-top: -0.25rem; }
.lead { font-size: 1.05rem; margin-top: -0.5rem; }
.reason { border-left: 3px solid var(--warn); padding-left: 0.9rem; }
.resolution { display: grid; gap: 0.6rem; background: var(--sunk); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; }
blockquote { border-left: 3px solid var(--line-strong); padding-left: 0.9rem; }

.said, .said .lines { display: grid; gap: 0.75rem; }
.said summary { cursor: pointer; color: var(--muted); font-size: 0.9rem; margin-bottom: 0.5rem; }
.said .by-user { border-color: var(--string); }
.said .by-assistant { border-color: var(--number); }
.next { margin-bottom: 1rem; }
.next .button { display: inline-block; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0.9rem 1.5rem;
  padding-top: 1rem; border-top: 1px solid var(--line); }
.facts dd, .fields dd { margin: 0; overflow-wrap: anywhere; }
.facts dd .muted { display: block; font-size: 0.8125rem; }
.left { font-variant-numeric: tabular-nums; }
.meta .left { color: var(--ink); }
.soon { color: var(--danger) !important; }

.entries { list-style: none; padding: 0; display: grid; gap: 1.1rem; }
.entry { display: grid; gap: 0.3rem; padding-left: 1rem; border-left: 3px solid var(--line-strong); overflow-wrap: anywhere; }
.entry.executed { border-color: var(--accent); }
.entry.refused, .entry.failed, .entry.unknown, .entry.stale, .entry.break-glass { border-color: var(--danger); }
.verify { display: grid; gap: 0.75rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.verify .button { display: inline-block; }
pre { margin: 0; padding: 0.75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--sunk); border: 1px solid var(--line);
  border-radius: 8px; font: 0.875rem/1.5 var(--mono); }

.args { border: 1px solid var(--line); border-radius: 10px; background: var(--sunk); overflow: hidden; }
.field { display: grid; grid-template-columns: minmax(8rem, 1fr) 2.4fr; gap: 0.2rem 1rem; padding: 0.6rem 0.9rem; }
.field + .field { border-top: 1px solid var(--line); }
.field dt { font-family: var(--mono); color: var(--ink); font-size: 0.875rem; line-height: 1.7; }
.field .fields, .items > li > .fields { border: 1px solid var(--line); border-radius: 8px; background: var(--surface); }
.kind { font: 0.75rem var(--sans); color: var(--muted); white-space: nowrap; }
.field dt .kind { display: block; line-height: 1.2; }
.field dt .title { display: block; font-family: var(--sans); font-weight: 600; }
.field dt .about { display: block; font: 0.8125rem/1.4 var(--sans); color: var(--muted); }
.presented { border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.presented .field dt { font-family: var(--sans); }
.presented > .muted { padding: 0 0.9rem 0.6rem; }
.money { font-weight: 650; font-variant-numeric: tabular-nums; }
.diff > * { display: block; text-decoration: none; }
.diff ins, .same ins { background: var(--accent-soft); color: var(--accent); }
.diff del, .same del { background: var(--danger-soft); color: var(--danger); }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(11rem, 100%), 1fr)); gap: 0.5rem 1.5rem; }
.sides > div { min-width: 0; overflow-wrap: anywhere; }
.sides ins, .sides del { border-radius: 3px; padding: 0 0.1rem; }
.sides ins { background: var(--accent-soft); color: var(--accent); text-decoration: underline; text-decoration-thickness: 2px; }
.sides del { background: var(--danger-soft); color: var(--danger); text-decoration: line-through; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.chain ol { list-style: none; padding: 0; margin-top: 0.75rem; display: grid; gap: 1.25rem; }
.chain li { display: grid; gap: 0.6rem; padding-left: 1rem; border-left: 3px solid var(--line-strong); }
.change { display: grid; gap: 0.6rem; width: 100%; margin: 1rem 0 1.5rem; }
.change:focus-visible { outline-offset: 0.5rem; }
.raw summary { cursor: pointer; }
.raw summary h2 { display: inline; }
.raw .args { margin-top: 0.75rem; }
.items { padding-left: 1.6rem; display: grid; gap: 0.5rem; }
.items > li::marker { color: var(--muted); }
.string { color: var(--string); }
.quote { color: var(--muted); user-select: none; }
.literal { color: var(--number); font-family: var(--mono); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.badge { display: inline-block; font: 600 0.75rem/1.4 var(--mono); padding: 0 0.3rem; margin: 0 0.1rem; border-radius: 4px;
  background: var(--danger-soft); color: var(--danger); border: 1px solid currentcolor; white-space: normal; unicode-bidi: isolate; direction: ltr; }
.badge.plain { background: var(--surface); color: var(--muted); }
.eol { color: var(--muted); user-select: none; }
.digest { font-size: 0.875rem; overflow-wrap: anywhere; }
.digest code { color: var(--muted); }
.digest code strong { color: var(--ink); background: var(--accent-soft); border-radius: 4px; padding: 0.1rem 0.25rem; }

.notice { padding: 0.8rem 1rem; border-radius: 10px; margin-bottom: 1rem; border: 1px solid transparent; overflow-wrap: anywhere; }
.card .notice { margin-bottom: 0; }
.notice.good { background: var(--accent-soft); color: var(--accent); border-color: var(--accent); }
.notice.bad { background: var(--danger-soft); color: var(--danger); border-color: var(--danger); }
.errors { background: var(--danger-soft); color: var(--danger); border-radius: 8px; padding: 0.7rem 1rem 0.7rem 2rem; overflow-wrap: anywhere; }

.pair-of-forms { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; }
.choice { border: 1px solid var(--line); border-radius: 10px; padding: 1rem; }
.choice h3 + .muted, .choice summary + .muted { font-size: 0.9rem; margin-top: 0.15rem; }
.choice summary { cursor: pointer; font-weight: 600; }
.choice form { display: grid; gap: 0.5rem; margin-top: 0.75rem; justify-items: start; }
label { font-size: 0.875rem; font-weight: 600; }
textarea { width: 100%; font: inherit; color: inherit; background: var(--sunk); border: 1px solid var(--line-strong);
  border-radius: 8px; padding: 0.55rem 0.7rem; resize: vertical; }
textarea.code { font: 0.875rem/1.6 var(--mono); tab-size: 2; }
button, .button { font: inherit; font-weight: 600; color: var(--ink); background: var(--surface); border: 1px solid var(--line-strong);
  border-radius: 8px; padding: 0.55rem 1.1rem; min-height: 2.75rem; cursor: pointer; text-decoration: none; }
button:hover, .button:hover { border-color: var(--ink); }
.primary { background: var(--accent); color: var(--accent-ink); border-color: var(--accent); }
.danger { background: transparent; color: var(--danger); border-color: var(--danger); }
.danger:hover { background: var(--danger-soft); border-color: var(--danger); }
.buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.tick { display: flex; gap: 0.75rem; align-items: center; min-height: 2.75rem; padding-top: 0.75rem; border-top: 1px solid var(--line); }
.tick input { width: 1.5rem; height: 1.5rem; flex: none; accent-color: var(--accent); }
.after-heading { margin: 0.4rem 0 1.25rem; }
.quiet { border-color: transparent; background: transparent; color: var(--muted); padding-inline: 0.6rem; }
dialog { color: var(--ink); background: var(--surface); border: 1px solid var(--line-strong); border-radius: 14px; padding: 1.5rem; max-width: 30rem; }
dialog[open] { display: grid; gap: 1rem; }
dialog::backdrop { background: rgb(0 0 0 / 50%); }
.keys { display: grid; gap: 0.4rem; }
.keys div { display: grid; grid-template-columns: 3rem 1fr; }
.keys dd { margin: 0; }
kbd { font: 600 0.875rem var(--mono); color: var(--ink); border: 1px solid var(--line-strong); border-radius: 4px; padding: 0.1rem 0.4rem; }
footer { padding: 0 1rem 2rem; }
.language { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: center; justify-content: center; font-size: 0.9rem; }
.announce { position: fixed; inset: auto 1rem 1rem auto; padding: 0.6rem 1rem; border-radius: 8px; background: var(--ink); color: var(--page); }
.announce:empty { padding: 0; }
@media (max-width: 34rem) {
  main { padding-top: 1rem; }
  .card { padding: 1.1rem; }
  .facts { grid-template-columns: 1fr 1fr; }
  .field { grid-template-columns: 1fr; }
  .field dt .kind { display: inline; }
  .choice button { width: 100%; }
  .who { width: 100%; justify-content: space-between; }
}
@media (prefers-reduced-motion: no-preference) { button, .item { transition: border-color 0.15s, background-color 0.15s; } }
`;
