/** What a refused request is told, of which the error is made. */
export type Told = [message: string, param?: string | null, code?: string | null];

/** The error of a refused request, as OpenAI words it. */
export const refusal = (...[message, param = null, code = null]: Told) => ({
  message,
  type: 'invalid_request_error',
  param,
  code,
});

export const unknown = (param: string): Told => [
  `Unknown parameter: '${param}'.`,
  param,
  'unknown_parameter',
];

export const missing = (param: string): Told => [
  `Missing required parameter: '${param}'.`,
  param,
  'missing_required_parameter',
];

export const emptyArray = (param: string): Told => [
  `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
  param,
  'empty_array',
];

export const unsupported = (param: string): Told => [
  `'${param}' is not supported by the simulator. Leave it out.`,
  param,
  'unsupported_value',
];

export const wrongType = (param: string, expected: string, got: string): Told => [
  `Invalid type for '${param}': expected ${expected}, but got ${got} instead.`,
  param,
  'invalid_type',
];

export const wrongValue = (param: string, got: string, supported: string): Told => [
  `Invalid value: '${got}'. Supported values are: ${supported}.`,
  param,
  'invalid_value',
];

/** @param fault - what a strict function's parameters lack. */
export const wrongSchema = (param: string, name: string, fault: string): Told => [
  `Invalid schema for function '${name}': ${fault}`,
  param,
  'invalid_function_parameters',
];
