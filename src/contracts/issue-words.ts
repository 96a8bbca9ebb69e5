import type { z } from 'zod';

/**
 * What is wrong with a value, in words for the person who typed it, and for the model. Given to `safeParse` as `error`; a message that
 * the schema's author wrote comes before it. What is not named here keeps zod's own words.
 */
export const issueWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return `has unknown fields: ${issue.keys.join(', ')}; leave them out`;
    case 'too_small':
      return sizeWords(issue.origin, 'least', issue.minimum, issue.inclusive);
    case 'too_big':
      return sizeWords(issue.origin, 'most', issue.maximum, issue.inclusive);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'does not have the required form';
    case 'invalid_union':
      return 'has none of the allowed forms';
    default:
      return undefined;
  }
};

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const FORMATS: Record<string, string> = {
  email: 'must be an e-mail address',
  url: 'must be a web address',
  uuid: 'must be a UUID',
  date: 'must be a date, such as 2026-03-01',
  datetime: 'must be a date and time, such as 2026-03-01T12:00:00Z',
};

function sizeWords(origin: string, end: 'least' | 'most', size: number | bigint, inclusive = true): string {
  const [from, beyond] = end === 'least' ? ['at least', 'more than'] : ['at most', 'less than'];
  const bound = `${inclusive ? from : beyond} ${size}`;
  if (origin === 'string') return `must have ${bound} ${size === 1 ? 'character' : 'characters'}`;
  if (origin === 'array' || origin === 'set') return `must have ${bound} ${size === 1 ? 'entry' : 'entries'}`;
  return `must be ${bound}`;
}
