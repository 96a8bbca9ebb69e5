import { quietRuntime } from '../../src/testing/quiet.ts';

/** Temporal's runtime tells only errors; what it does otherwise is the tests' business. Import before the first connection. */
quietRuntime();
