/** The error of a refused request, as OpenAI words it. */
export const refusal = (message: string, param: string | null = null, code: string | null = null) => ({
  message,
  type: 'invalid_request_error',
  param,
  code,
});

export const unknown = (param: string) =>
  refusal(`Unknown parameter: '${param}'.`, param, 'unknown_parameter');

export const missing = (param: string) =>
  refusal(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');

export const wrongType = (param: string, expected: string, got: string) =>
  refusal(
    `Invalid type for '${param}': expected ${expected}, but got ${got} instead.`,
    param,
    'invalid_type',
  );

export const wrongValue = (param: string, got: string, supported: string) =>
  refusal(`Invalid value: '${got}'. Supported values are: ${supported}.`, param, 'invalid_value');

/** @param fault - what a strict function's parameters lack. */
export const wrongSchema = (param: string, name: string, fault: string) =>
  refusal(`Invalid schema for function '${name}': ${fault}`, param, 'invalid_function_parameters');

export const OPEN_SCHEMA =
  "In context=(), 'additionalProperties' is required to be supplied and to be false.";
