import * as restate from '@restatedev/restate-sdk';

import { endWithParent, tellReady } from '../../../src/cli/child-process.ts';
import type { PeerWorkerOptions } from '../../contest/contestant.ts';
import { createTurn } from './workflow.ts';

const { port, simulator } = JSON.parse(process.argv[2] ?? '') as PeerWorkerOptions;
await restate.serve({ services: [createTurn(simulator)], port });
process.once('SIGTERM', () => process.exit());
endWithParent();
tellReady({});
