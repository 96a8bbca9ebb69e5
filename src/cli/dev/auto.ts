import { readFile } from 'node:fs/promises';

import { createClient } from '../../client.ts';
import { environment, temporalConfig } from '../../config.ts';
import { visible } from '../../contracts/visible/visible.ts';
import { answerAll } from '../../testing/approvers/answer-all.ts';
import { approvers, type Approvers, type Step } from '../../testing/approvers/script.ts';
import { refuseInProduction } from '../../testing/production.ts';
import { say, yellow } from '../output.ts';
import { CommandError } from '../run-command.ts';
import { DEV_TENANT } from '../session.ts';

const HOW = 'Use --auto approve, --auto deny, or --auto script FILE.';
const AS = { as: 'auto' };

/**
 * Who answers in people's place.
 *
 * @throws CommandError for words that --auto does not take, or a script that cannot be used
 * @throws TestingError in production
 */
export async function autoApprovers(words: readonly string[]): Promise<Approvers> {
  refuseInProduction('--auto');
  const [how, file, ...more] = words;
  if (how === 'approve' && file === undefined) return approvers.approve(AS);
  if (how === 'deny' && file === undefined) return approvers.deny(AS);
  if (how !== 'script' || file === undefined || more.length > 0)
    throw new CommandError(`--auto ${words.join(' ')} is not known. ${HOW}`);
  return approvers.script(await readSteps(file));
}

async function readSteps(file: string): Promise<Step[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError(`--auto script ${file} cannot be read: ${String(error)}.`);
  });
  try {
    return JSON.parse(text) as Step[];
  } catch {
    throw new CommandError(
      `--auto script ${file} is not JSON. Write a list of steps, such as [{"decision": "approve"}].`,
    );
  }
}

/** Answers every question of dev's tenant until it is told to stop. */
export async function answerForPeople(
  people: Approvers,
  temporalAddress: string,
  signal: AbortSignal,
): Promise<void> {
  const client = await createClient(temporalConfig({ ...environment, TEMPORAL_ADDRESS: temporalAddress }));
  try {
    await answerAll({
      client,
      tenant: DEV_TENANT,
      approvers: people,
      signal,
      onAnswer: ({ asked, answer, receipt }) =>
        say(
          yellow(
            `--auto: ${answer.decision} ${visible(asked.tool)} ${asked.approvalId} (${receipt?.outcome ?? 'unknown'})`,
          ),
        ),
    });
  } finally {
    await client.close();
  }
}
