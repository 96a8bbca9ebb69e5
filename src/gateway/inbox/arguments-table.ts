import { html } from 'hono/html';

import type { ArgumentsBeginning, ValueBeginning } from '../../contracts/approval/listed.ts';
import type { Label, Labels } from '../../contracts/approval/presented.ts';
import type { ToolArguments } from '../../contracts/tool-call.ts';
import { hiddenIn, lookAlikesIn } from '../../contracts/visible/visible.ts';
import type { Html } from './html.ts';
import { words } from './strings/words.ts';
import { emptyMark, visibleText } from './visible-text.ts';

/**
 * The arguments of a call, complete: nothing is shortened, and a number never looks like a text.
 *
 * @param labels - what the tool's schema says of them; their names stay beside it.
 */
export function argumentsTable(args: ToolArguments, labels?: Labels): Html {
  if (Object.keys(args).length === 0) return html`<p class="muted">${words().args.none}</p>`;
  return html`<div class="args">${fields(args, labels)}</div>`;
}

function fields(object: object, labels: Labels = {}): Html {
  const rows = Object.entries(object) as [string, unknown][];
  return html`<dl class="fields">
    ${rows.map(([name, value]) => {
      const { title, description, format, inner } = labelOf(labels, name);
      const shown = name === '' ? emptyMark(words().args.emptyName) : visibleText(name);
      return html`<div class="field">
        <dt>
          ${title === undefined ? shown : html`<span class="title">${visibleText(title)}</span> ${shown}`}
          <span class="kind"
            >${(typeof value === 'string' ? formatOf(format) : undefined) ?? kindOf(value)}</span
          >
          ${description !== undefined && html`<span class="about">${visibleText(description)}</span>`}
        </dt>
        <dd>${valueOf(value, inner)}</dd>
      </div>`;
    })}
  </dl>`;
}

/** A name such as `constructor` has none by birth. */
function labelOf(labels: Labels, name: string): Label {
  return (Object.hasOwn(labels, name) ? labels[name] : undefined) ?? {};
}

function formatOf(format = ''): string | undefined {
  const { formats } = words().args;
  return Object.hasOwn(formats, format) ? formats[format as keyof typeof formats] : undefined;
}

function items(list: readonly unknown[], labels?: Labels): Html {
  return html`<ol class="items">
    ${list.map((value) => {
      const nested = typeof value === 'object' && value !== null;
      return html`<li>
        ${valueOf(value, labels)} ${!nested && html`<span class="kind">${kindOf(value)}</span>`}
      </li>`;
    })}
  </ol>`;
}

function valueOf(value: unknown, labels?: Labels): Html {
  if (typeof value === 'string') {
    if (value === '') return emptyMark(words().args.emptyText);
    return quoted(visibleText(value));
  }
  if (typeof value === 'object' && value !== null) {
    if (Object.keys(value).length === 0)
      return emptyMark(Array.isArray(value) ? words().args.emptyList : words().args.emptyObject);
    return Array.isArray(value) ? items(value, labels) : fields(value, labels);
  }
  return html`<span class="literal">${JSON.stringify(value)}</span>`;
}

function quoted(text: Html): Html {
  const mark = (sign: string) => html`<span class="quote" aria-hidden="true">${sign}</span>`;
  return html`<span class="string">${mark('“')}${text}${mark('”')}</span>`;
}

export function kindOf(value: unknown): string {
  const { kinds, list } = words().args;
  if (value === null) return kinds.nothing;
  if (Array.isArray(value)) return list(value.length);
  switch (typeof value) {
    case 'string':
      return kinds.text;
    case 'boolean':
      return kinds.boolean;
    case 'number':
      return kinds.number;
    default:
      return kinds.object;
  }
}

/** The first few arguments in one line for the list; what is left out is said. */
export function argumentsPreview({ fields, left }: ArgumentsBeginning): Html {
  return html`${fields.map(
    ({ name, value }) =>
      html`<span class="pair"><span class="name">${visibleText(name)}</span> ${previewOf(value)}</span>`,
  )}${left > 0 && html`<span class="pair muted">${words().args.more(left)}</span>`}`;
}

function previewOf(value: ValueBeginning): Html {
  if (value.is === 'list') return html`<span class="kind">${words().args.list(value.length)}</span>`;
  if (value.is === 'object') return html`<span class="kind">${words().args.kinds.object}</span>`;
  const { is, characters, left } = value;
  const text = visibleText(characters);
  const more = left > 0 ? html` <span class="muted">${words().card.leftCharacters(left)}</span>` : '';
  const literal = html`<span class="literal">${text}</span>`;
  return html`${is === 'text' ? quoted(text) : literal}${more}`;
}

/** What anywhere in the arguments is not what it seems, by name, so that the page can say it in words. */
export function notWhatItSeems(args: ToolArguments): { hidden: string[]; lookAlikes: string[] } {
  const texts = textsIn(args);
  const found = (labels: (text: string) => string[]) => [...new Set(texts.flatMap(labels))];
  return { hidden: found(hiddenIn), lookAlikes: found(lookAlikesIn) };
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => [
    ...(Array.isArray(value) ? [] : [name]),
    ...textsIn(field),
  ]);
}
