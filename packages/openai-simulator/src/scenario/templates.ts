/**
 * `{{name}}` stands for a value, `{{a|b|'text'}}` for the first of several that there is, `{{name:number}}` for it as
 * something else: `number`, `cents` (of "42.50") or `money` (of 4250: "42.50"). A template that is nothing but one
 * `{{…}}` keeps the type, so arguments can be numbers. A value that there is not is left out.
 */
export type Values = Record<string, unknown>;

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

/** Renders every string inside a JSON value. */
export function renderJson(value: unknown, values: Values): unknown {
  if (typeof value === 'string') return renderWhole(value, values);
  if (Array.isArray(value)) return value.map((item) => renderJson(item, values));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, renderJson(item, values)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

/** Renders a template into text. */
export function renderText(template: string, values: Values): string {
  return template.replaceAll(PLACEHOLDER, (_, expression: string) => toText(evaluate(expression, values)));
}

function renderWhole(template: string, values: Values): unknown {
  const [whole] = template.matchAll(PLACEHOLDER);
  if (whole?.[1] !== undefined && whole[0] === template) return evaluate(whole[1], values);
  return renderText(template, values);
}

function evaluate(expression: string, values: Values): unknown {
  const filter = /:(number|cents|money)\s*$/.exec(expression);
  const alternatives = (filter ? expression.slice(0, filter.index) : expression).split('|');
  const found = alternatives.map((name) => lookUp(name.trim(), values)).find((value) => value !== undefined);
  return found === undefined ? undefined : convert(found, filter?.[1]);
}

function lookUp(name: string, values: Values): unknown {
  const literal = /^'(.*)'$/.exec(name);
  if (literal) return literal[1];
  if (Object.hasOwn(values, name)) return values[name];
  // "output.refund_order.amountCents": the longest known beginning is a value, the rest a way into its JSON.
  const dot = name.lastIndexOf('.');
  if (dot === -1) return undefined;
  const holder = parsed(lookUp(name.slice(0, dot), values));
  const field = name.slice(dot + 1);
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, field)
    ? (holder as Values)[field]
    : undefined;
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function convert(value: unknown, filter: string | undefined): unknown {
  const number = Number(value);
  switch (filter) {
    case 'number':
      return number;
    case 'cents':
      return Math.round(number * 100);
    case 'money':
      return Number.isFinite(number) ? (number / 100).toFixed(2) : toText(value);
    default:
      return value;
  }
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
