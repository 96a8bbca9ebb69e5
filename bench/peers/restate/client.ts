import * as clients from '@restatedev/restate-sdk-clients';

import { messageOf, type PeerLink, type Turns } from '../../contest/contestant.ts';
import { post } from '../http-client.ts';
import type { Turn } from './workflow.ts';

/** Turns are submitted to the server, and the decision is given to it too, whether a worker runs or not. */
export async function createTurns({ engine, port }: PeerLink): Promise<Turns> {
  await post(`${engine.admin}/deployments`, { uri: `http://127.0.0.1:${port}` });
  const restate = clients.connect({ url: engine.ingress ?? '' });
  const turn = (id: string) => restate.workflowClient<Turn>({ name: 'turn' }, id);
  const decisions = new Map<string, string>();
  return {
    async hold(id) {
      await turn(id).workflowSubmit(messageOf(id));
      decisions.set(id, await turn(id).untilHeld());
    },
    async approve(id) {
      await restate.resolveAwakeable(decisions.get(id) ?? '', { approved: true });
    },
    async reply(id) {
      await turn(id).workflowAttach();
      decisions.delete(id);
    },
    close: () => Promise.resolve(),
  };
}
