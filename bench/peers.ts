import type { Contestant } from './contest/contestant.ts';
import { startCountersign, type CountersignOptions } from './contest/countersign.ts';
import { measureLatency } from './contest/latency.ts';
import { PEERS, startPeer, type PeerName } from './contest/peer.ts';
import { measureRates } from './contest/rates.ts';
import { trySurvival } from './contest/survival.ts';
import { report, type Row } from './results.ts';
import { progress, withStage } from './stage.ts';

/** Both protocols, without and with the record, attestation and a quorum of one. */
const OWN: CountersignOptions[] = [
  { name: 'countersign' },
  { name: 'countersign-chat', protocol: 'chat' },
  { name: 'countersign-record', record: 'sqlite' },
  { name: 'countersign-chat-record', protocol: 'chat', record: 'sqlite' },
];
/** As much of a reason as fits into a table; all of it is printed when the peer is given up. */
const REASON_CHARS = 300;

/**
 * Countersign beside what users would pick instead, in one run on one machine, the simulator playing the model for all: what
 * a decision takes, how many turns a second, what they cost, and what a killed worker loses. A peer that cannot be installed
 * or started is a row of the result with the reason. What is compared and what is not: bench/peers/README.md.
 *
 * @param options.count turns of each block; half as many samples of the latency
 * @param options.only names of contestants; all when absent
 */
export async function benchPeers({ count = 60, only }: { count?: number; only?: string[] }): Promise<void> {
  const names = [...OWN.map(({ name }) => name), ...Object.keys(PEERS)];
  const unknown = (only ?? []).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`There is no ${unknown.join(', ')} to measure: ${names.join(', ')}.`);
  }
  const isWanted = (name: string) => only === undefined || only.includes(name);

  await withStage({ keepsState: true }, async (stage) => {
    const contestants: Contestant[] = [];
    const missing: Row[] = [];
    try {
      for (const own of OWN.filter(({ name }) => isWanted(name))) {
        contestants.push(await startCountersign(stage, own));
      }
      for (const name of (Object.keys(PEERS) as PeerName[]).filter(isWanted)) {
        progress(`Installing and starting ${name}`);
        try {
          contestants.push(await startPeer(name, stage));
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          progress(`${name} is not measured. ${reason}`);
          missing.push(notMeasured(name, reason.replace(/\s+/g, ' ').slice(0, REASON_CHARS)));
        }
      }
      const latency = await measureLatency(stage, contestants, Math.ceil(count / 2));
      const rates = await measureRates(contestants, count);
      const survival = await trySurvival(stage, contestants);
      console.log(
        'The peers speak Chat Completions to the model, as countersign-chat does; countersign speaks Assistants, which takes more requests.',
      );
      await report('peers', [...missing, ...latency, ...rates, ...survival]);
    } finally {
      for (const contestant of contestants) await contestant.stop();
    }
  });
}

function notMeasured(name: string, reason: string): Row {
  return { name: `${name}: measured`, unit: 'yes = 1', value: 0, goal: { text: reason, met: false } };
}
