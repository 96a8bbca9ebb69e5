import { inject } from 'vitest';

/** host:port of the Temporal server of this test run. Its namespace is `default`. */
export function temporalAddress(): string {
  return inject('temporalAddress');
}
