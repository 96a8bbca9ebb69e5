import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Temporal's runtime tells errors only, unless the process has set it up by itself before. */
export function quietRuntime(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  } catch {
    // It is installed: whoever did so wants it as it is.
  }
}
