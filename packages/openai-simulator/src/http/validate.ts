import type { z } from 'zod';

import { ApiError, noStreaming } from './errors.ts';

/**
 * Reads a body or query and says what is wrong in OpenAI's words. Only the first fault is named, as OpenAI does it.
 *
 * @throws ApiError 400 with `param` and `code`, for instance `unknown_parameter` or `invalid_type`.
 */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw toApiError(mostTelling(parsed.error.issues));
}

/** Goes with a custom issue: the API error it stands for. */
export function refuse(context: z.RefinementCtx, code: string, message: string, path: string[] = []): void {
  context.addIssue({ code: 'custom', path, message, params: { code } });
}

type Issue = z.core.$ZodIssue;

/** A misspelt field explains a missing one, so it is named first. */
function mostTelling(issues: Issue[]): Issue {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) throw new TypeError('zod refused something without naming an issue.');
  return issue;
}

function toApiError(issue: Issue): ApiError {
  const param = toParam(issue.path);
  const invalid = (code: string, message: string, at = param) =>
    new ApiError(400, message, { param: at, code });
  switch (issue.code) {
    case 'unrecognized_keys': {
      const key = toParam([...issue.path, issue.keys[0] ?? '']);
      return invalid('unknown_parameter', `Unknown parameter: '${key}'.`, key);
    }
    case 'invalid_type':
      if (issue.input === undefined) {
        return invalid('missing_required_parameter', `Missing required parameter: '${param}'.`);
      }
      return wrongType(param, withArticle(issue.expected), issue.input);
    case 'invalid_value': {
      if (issue.input === undefined) {
        return invalid('missing_required_parameter', `Missing required parameter: '${param}'.`);
      }
      if (param === 'stream' && issue.input === true) return noStreaming();
      return invalid('invalid_value', unsupported(issue.input, issue.values));
    }
    case 'too_big':
    case 'too_small':
      return outOfBounds(issue, param);
    case 'invalid_format':
      return invalid(
        'invalid_value',
        `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${patternOf(issue)}'.`,
      );
    case 'invalid_union': {
      if ('options' in issue) return noSuchKind(issue, param);
      // The branch that got furthest into the value knows best what is wrong with it.
      const branches = issue.errors.map((errors) => mostTelling(errors));
      const furthest = branches
        .filter(({ code, path }) => code !== 'invalid_type' || path.length > 0)
        .sort((a, b) => b.path.length - a.path.length)[0];
      if (furthest !== undefined) return toApiError({ ...furthest, path: [...issue.path, ...furthest.path] });
      const types = branches.map((branch) =>
        'expected' in branch ? withArticle(branch.expected) : 'a value',
      );
      return wrongType(param, `one of ${types.join(' or ')}`, issue.input);
    }
    case 'custom':
      return invalid(String(issue.params?.code ?? 'invalid_value'), issue.message);
    default:
      return invalid('invalid_value', `Invalid value for '${param}': ${issue.message}`);
  }
}

type NoMatch = Extract<z.core.$ZodIssueInvalidUnion, { options?: unknown }>;

/** An object whose `type` or `role` is none of those there are, or is missing. */
function noSuchKind(issue: NoMatch, param: string): ApiError {
  const key = issue.discriminator ?? '';
  const object = issue.input as Record<string, unknown> | undefined;
  const kind = object?.[key];
  if (kind !== undefined) {
    return new ApiError(400, unsupported(kind, issue.options ?? []), { param, code: 'invalid_value' });
  }
  return new ApiError(400, `Missing required parameter: '${param}'.`, {
    param,
    code: 'missing_required_parameter',
  });
}

function unsupported(got: unknown, values: readonly unknown[]): string {
  const quoted = values.map((value) => `'${String(value)}'`);
  const last = quoted.pop() ?? '';
  const before =
    quoted.length > 1 ? `${quoted.join(', ')}, and ` : quoted.map((one) => `${one} and `).join('');
  return `Invalid value: ${show(got)}. Supported values are: ${before}${last}.`;
}

function wrongType(param: string, expected: string, got: unknown): ApiError {
  const message =
    param === ''
      ? `Invalid body: expected ${expected}, but got ${typeName(got)} instead.`
      : `Invalid type for '${param}': expected ${expected}, but got ${typeName(got)} instead.`;
  return new ApiError(400, message, { param: param === '' ? null : param, code: 'invalid_type' });
}

function outOfBounds(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall, param: string): ApiError {
  const over = issue.code === 'too_big';
  const limit = String(over ? issue.maximum : issue.minimum);
  if (issue.origin === 'string' || issue.origin === 'array') {
    const length = Array.isArray(issue.input) || typeof issue.input === 'string' ? issue.input.length : 0;
    const bound = over ? 'maximum' : 'minimum';
    const kind = withArticle(issue.origin);
    if (!over && length === 0 && limit === '1') {
      return new ApiError(
        400,
        `Invalid '${param}': empty ${issue.origin}. Expected ${kind} with minimum length 1, but got an empty ` +
          `${issue.origin} instead.`,
        { param, code: `empty_${issue.origin}` },
      );
    }
    return new ApiError(
      400,
      `Invalid '${param}': ${issue.origin} too ${over ? 'long' : 'short'}. Expected ${kind} with ${bound} length ` +
        `${limit}, but got ${kind} with length ${length} instead.`,
      { param, code: `${issue.origin}_${over ? 'above_max' : 'below_min'}_length` },
    );
  }
  const kind = Number.isInteger(issue.input) ? 'integer' : 'decimal';
  return new ApiError(
    400,
    `Invalid '${param}': ${kind} ${over ? 'above maximum' : 'below minimum'} value. Expected a value ` +
      `${over ? '<=' : '>='} ${limit}, but got ${String(issue.input)} instead.`,
    { param, code: `${kind}_${over ? 'above_max' : 'below_min'}_value` },
  );
}

function patternOf(issue: z.core.$ZodIssueInvalidStringFormat): string {
  return typeof issue.pattern === 'string' ? issue.pattern.replace(/^\/(.*)\/\w*$/, '$1') : issue.format;
}

/** `tool_outputs[0].output` */
function toParam(path: PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number';
  return withArticle(typeof value);
}

const NAMES: Partial<Record<string, string>> = { int: 'integer', record: 'object' };

function withArticle(type: string): string {
  const name = NAMES[type] ?? type;
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}
