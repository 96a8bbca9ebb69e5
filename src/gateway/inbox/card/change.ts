import { html } from 'hono/html';

import { isSameJson } from '../../../contracts/deciding/same-decision.ts';
import type { ToolArguments } from '../../../contracts/tool-call.ts';
import { kindOf } from '../arguments-table.ts';
import type { Html } from '../html.ts';
import { words } from '../strings/words.ts';
import { emptyMark, visibleText } from '../visible-text.ts';
import { diffWords, type DiffPart } from './word-diff.ts';

/** What differs in two versions of the arguments, side by side. Long values are cut: both versions stand whole elsewhere on the card. */
export function changeTable(before: ToolArguments, after: ToolArguments): Html {
  const { changed, same } = compare(before, after);
  if (changed.length === 0) return html`<p class="muted">${words().change.none}</p>`;
  return html`<div class="args">
      <dl class="fields">${changed.map(row)}</dl>
    </div>
    ${
      same.length > 0 &&
      html`<p class="muted">
        ${words().change.unchanged(html`${same.map((path, index) => html`${index > 0 && ', '}${pathOf(path)}`)}`)}
      </p>`
    }`;
}

type Path = readonly string[];
/** Null: there is no such field. */
interface Changed {
  path: Path;
  before: { value: unknown } | null;
  after: { value: unknown } | null;
}

function compare(before: object, after: object, within: Path = []): { changed: Changed[]; same: Path[] } {
  const found: { changed: Changed[]; same: Path[] } = { changed: [], same: [] };
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const path = [...within, name];
    const [old, young] = [fieldOf(before, name), fieldOf(after, name)];
    if (old !== null && young !== null && isSameJson(old.value, young.value)) found.same.push(path);
    else if (hasFields(old?.value) && hasFields(young?.value)) {
      const inner = compare(old.value, young.value, path);
      found.changed.push(...inner.changed);
      found.same.push(...inner.same);
    } else found.changed.push({ path, before: old, after: young });
  }
  return found;
}

/** A name such as `constructor` is no field by birth. */
function fieldOf(object: object, name: string): { value: unknown } | null {
  return Object.hasOwn(object, name) ? { value: (object as Record<string, unknown>)[name] } : null;
}

function hasFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function row({ path, before, after }: Changed): Html {
  const { change } = words();
  const side = (label: string, field: Changed['before'], shown: Html) =>
    html`<div>
      <span class="label">${label}</span>
      ${field === null ? html`<span class="muted">${change.absent}</span>` : html`${shown} <span class="kind">${kindOf(field.value)}</span>`}
    </div>`;
  const parts = partsOf(before, after);
  return html`<div class="field">
    <dt>${pathOf(path)}</dt>
    <dd class="sides">
      ${side(change.before, before, wordsOf(parts, 'removed', before?.value))}
      ${side(change.after, after, wordsOf(parts, 'added', after?.value))}
    </dd>
  </div>`;
}

function pathOf(path: Path): Html {
  return html`${path.map((name, index) => html`${index > 0 && ' › '}${name === '' ? emptyMark(words().args.emptyName) : visibleText(name)}`)}`;
}

/** A number that became a text has changed, though both are written with the same words. */
function partsOf(before: Changed['before'], after: Changed['after']): DiffPart[] {
  const [old, young] = [before && textOf(before.value), after && textOf(after.value)];
  const isOneKind = typeof before?.value === typeof after?.value;
  if (old !== null && young !== null && isOneKind) return diffWords(old, young);
  return [
    ...(old === null ? [] : [{ is: 'removed' as const, text: old }]),
    ...(young === null ? [] : [{ is: 'added' as const, text: young }]),
  ];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function wordsOf(parts: readonly DiffPart[], side: 'added' | 'removed', value: unknown): Html {
  if (value === '') return emptyMark(words().args.emptyText);
  const own = parts.filter(({ is }) => is === side || is === 'same');
  const shown = own.map((part, index) =>
    partOf(part, { isFirst: index === 0, isLast: index === own.length - 1 }),
  );
  const isText = typeof value === 'string';
  const mark = (sign: string) => isText && html`<span class="quote" aria-hidden="true">${sign}</span>`;
  return html`<span class="${isText ? 'string' : 'literal'}">${mark('“')}${shown}${mark('”')}</span>`;
}

interface Place {
  isFirst: boolean;
  isLast: boolean;
}

function partOf({ is, text }: DiffPart, place: Place): Html {
  switch (is) {
    case 'same':
      return sameText(text, place);
    case 'added':
      return html`<ins>${unseen(words().change.added)}${changedText(text, place)}${unseen(']')}</ins>`;
    case 'removed':
      return html`<del>${unseen(words().change.removed)}${changedText(text, place)}${unseen(']')}</del>`;
    default:
      return is satisfies never;
  }
}

/** For those who hear the page: colour and lines are for those who see it. */
function unseen(text: string): Html {
  return html`<span class="unseen">${text}</span>`;
}

/** So much of what is the same is shown on each side of a change. */
const AROUND = 80;
/** So much of what is not the same is shown. */
const CHANGED = 2_000;

function sameText(text: string, { isFirst, isLast }: Place): Html {
  const characters = Array.from(text);
  const left = characters.length - 2 * AROUND;
  if (left <= AROUND) return shown(text, { isFirst, isLast });
  const start = characters.slice(0, AROUND).join('');
  const end = characters.slice(-AROUND).join('');
  return html`${shown(start, { isFirst, isLast: false })}<span class="muted"
      >${words().change.same(left)}</span
    >${shown(end, { isFirst: false, isLast })}`;
}

function changedText(text: string, place: Place): Html {
  // Blanks alone would change nothing that anybody sees.
  if (/^ +$/.test(text)) return visibleText(text);
  const characters = Array.from(text);
  const left = characters.length - CHANGED;
  if (left <= 0) return shown(text, place);
  return html`${shown(characters.slice(0, CHANGED).join(''), { ...place, isLast: false })}<span class="muted"
      >${words().card.leftCharacters(left)}</span
    >`;
}

/** Blanks at an end of the value are marked, those between words are not. */
function shown(text: string, { isFirst, isLast }: Place): Html {
  return visibleText(text, { start: isFirst, end: isLast });
}
