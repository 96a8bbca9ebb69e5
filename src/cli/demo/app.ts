import { fileURLToPath } from 'node:url';

/** The refund desk: the application of `demo`, and of `dev` where there is no other. */
export const demoApplicationFile = fileURLToPath(
  import.meta.url.endsWith('.ts')
    ? new URL('../../../examples/refund-desk/countersign.config.ts', import.meta.url)
    : new URL('../../examples/refund-desk/countersign.config.js', import.meta.url),
);
