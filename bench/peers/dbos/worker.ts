import { DBOS, type WorkflowHandle } from '@dbos-inc/dbos-sdk';

import type { PeerWorkerOptions } from '../../contest/contestant.ts';
import { serve } from '../http-server.ts';
import { HELD } from './names.ts';
import { registerTurn } from './workflow.ts';

const { engine, port, simulator } = JSON.parse(process.argv[2] ?? '') as PeerWorkerOptions;
DBOS.setConfig({ name: 'bench', systemDatabaseUrl: engine.database ?? '', logLevel: 'error' });
const turn = registerTurn(simulator);
await DBOS.launch();

/** Handles of turns that were started here hear of the end at once; others, after a restart, poll for it. */
const handles = new Map<string, WorkflowHandle<string>>();

await serve(port, {
  /** Answers when the turn waits for the decision. */
  'POST /turns/:id': async (id, { message }) => {
    handles.set(id, await DBOS.startWorkflow(turn, { workflowID: id })(String(message)));
    const calls = await DBOS.getEvent(id, HELD);
    if (calls === null) throw new Error('The turn did not wait for a decision.');
    return calls;
  },
  /** Answers when the turn is over. */
  'GET /turns/:id': async (id) => {
    const handle = handles.get(id) ?? DBOS.retrieveWorkflow<string>(id);
    const reply = await handle.getResult();
    handles.delete(id);
    return { reply };
  },
});
