import { isGrpcServiceError } from '@temporalio/client';

/** gRPC's status codes, as far as they matter here. */
const CODES = { NOT_FOUND: 5, ALREADY_EXISTS: 6 } as const;

export function hasCode(error: unknown, name: keyof typeof CODES): boolean {
  const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
  return code === CODES[name];
}
