import type { Content, InteractionLogOptions } from '../contracts/interaction-log/interaction.ts';

/**
 * What leaves the house. With `content: 'none'` no words do. With `full` every text is redacted first, in this order: fields
 * of JSON that are named like a secret, the patterns below, the application's patterns, the application's function.
 */
export interface Redactor {
  /** A text, or a value that travels as JSON. */
  content: (value: unknown) => Content;
  /** Fields of the trusted context; undefined when nothing may leave. */
  fields: (values: Record<string, unknown>) => Record<string, unknown> | undefined;
}

/** A field of JSON with one of these in its name holds a secret, whatever it looks like. */
const SECRET_FIELD =
  /pass(?:word|wd|phrase|code)|secret|token|api[-_]?key|private[-_]?key|authorization|cookie|credential|card[-_]?number|cvv|cvc|\bpin\b|iban|ssn/i;

const REDACTED = '[redacted]';

/** No pattern nests a repetition in another one, so a long text costs linear time. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,20000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
    '[private key]',
  ],
  [/\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '[authorization]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g, '[token]'],
  [
    /\b(?:sk|pk|rk|cs|whsec|ghp|gho|ghu|ghs|github_pat|glpat|npm|xox[abprs]|hf)[-_][A-Za-z0-9_-]{12,}/g,
    '[api key]',
  ],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, '[api key]'],
  [/\bAIza[A-Za-z0-9_-]{30,}/g, '[api key]'],
  [
    /\b(pass(?:word|wd|phrase|code)|secret|token|api[-_ ]?key)(\s*[:=]\s*|\s+is\s+)(?:"[^"\n]{1,200}"|'[^'\n]{1,200}'|[^\s"',;]{1,200})/gi,
    `$1$2${REDACTED}`,
  ],
  [/[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g, '[e-mail]'],
];

/** 13 to 19 digits, in groups or not; only those with a right check digit are card numbers. */
const CARD = /(?<![\dA-Za-z])\d(?:[ -]?\d){12,18}(?![\dA-Za-z])/g;

export function createRedactor({
  content = 'none',
  patterns = [],
  redact = (text) => text,
}: Omit<InteractionLogOptions, 'sink'>): Redactor {
  // A flag `g` is needed to replace all matches, and `y` would keep a place between two texts.
  const own = patterns.map(({ source, flags }) => new RegExp(source, `${flags.replace(/[gy]/g, '')}g`));
  const clean = (text: string): string => {
    const byPattern = PATTERNS.reduce((left, [pattern, mark]) => left.replace(pattern, mark), text);
    const withoutCards = byPattern.replace(CARD, (digits) =>
      hasCheckDigit(digits) ? '[card number]' : digits,
    );
    const cleaned = redact(own.reduce((left, pattern) => left.replace(pattern, REDACTED), withoutCards));
    if (typeof cleaned !== 'string') throw new TypeError('redact() of the interaction log returned no text.');
    return cleaned;
  };
  const cleanText = (text: string): string => {
    const json = toJson(text);
    return json === undefined ? clean(text) : JSON.stringify(cleanValue(json, clean));
  };
  return {
    content: (value) => {
      const text = typeof value === 'string' ? value : ((JSON.stringify(value) as string | undefined) ?? '');
      return { characters: text.length, ...(content === 'full' && { text: cleanText(text) }) };
    },
    fields: (values) =>
      content === 'full' ? (cleanValue(values, clean) as Record<string, unknown>) : undefined,
  };
}

/** An object or a list that travels as text, such as a tool's output. */
function toJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // it only looked like JSON: it is redacted as a text
  }
}

function cleanValue(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value === 'number') {
    const text = String(value);
    const cleaned = clean(text);
    return cleaned === text ? value : cleaned;
  }
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET_FIELD.test(name) ? REDACTED : cleanValue(item, clean),
    ]),
  );
}

/** The check digit by which a card number is told from an order number (ISO/IEC 7812-1, Luhn). */
function hasCheckDigit(text: string): boolean {
  const digits = Array.from(text.replace(/\D/g, '')).reverse().map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const weighed = index % 2 === 0 ? digit : digit * 2;
    return total + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return sum % 10 === 0;
}
