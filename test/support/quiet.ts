import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Temporal's runtime tells only errors; what it does otherwise is the tests' business. Import before the first connection. */
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
