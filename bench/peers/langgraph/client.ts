import { messageOf, type PeerLink, type Turns } from '../../contest/contestant.ts';
import { post } from '../http-client.ts';

/** LangGraph has no place where a decision could be left: the request that brings it runs the rest of the turn. */
export async function createTurns({ port }: PeerLink): Promise<Turns> {
  const url = (id: string) => `http://127.0.0.1:${port}/turns/${id}`;
  return {
    async hold(id) {
      await post(url(id), { message: messageOf(id) });
    },
    async approve(id) {
      await post(`${url(id)}/decision`, { approved: true });
    },
    reply: () => Promise.resolve(), // it was the answer to the decision
    close: () => Promise.resolve(),
  };
}
