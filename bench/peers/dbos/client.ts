import { DBOSClient } from '@dbos-inc/dbos-sdk';

import { messageOf, type PeerLink, type Turns } from '../../contest/contestant.ts';
import { get, post } from '../http-client.ts';
import { DECISION } from './names.ts';

/** Turns are started in the worker program, over HTTP; the decision goes to the database, whether a worker runs or not. */
export async function createTurns({ engine, port }: PeerLink): Promise<Turns> {
  const client = await DBOSClient.create({
    systemDatabaseUrl: engine.database ?? '',
    applicationName: 'bench',
  });
  const url = (id: string) => `http://127.0.0.1:${port}/turns/${id}`;
  return {
    async hold(id) {
      await post(url(id), { message: messageOf(id) });
    },
    approve: (id) => client.send(id, { approved: true }, DECISION),
    async reply(id) {
      await get(url(id));
    },
    close: () => client.destroy(),
  };
}
