import type { SlackApi } from '../../notices/slack/api.ts';
import { ChannelError } from '../../notices/channel.ts';
import type { Person } from '../../store/people/person.ts';
import type { Store } from '../../store/store.ts';
import type { By } from './payloads.ts';

/** Who clicked, as the directory knows them, or why they may not decide. */
export type Clicker = { person: Person } | { refusal: string };

const STRANGER =
  'You may not decide here: the directory does not know your Slack account. Ask whoever runs Countersign to add your Slack id.';

/** Finds the person behind a Slack account, and asks Slack about the account each time: rights end there, too. */
export async function whoClicked(
  { api, people }: { api: SlackApi; people: Store['people'] },
  tenant: string,
  { userId, teamId }: By,
): Promise<Clicker> {
  try {
    const [bot, user] = await Promise.all([api.bot(), api.user(userId)]);
    const teams = [teamId, user.teamId ?? teamId];
    if (teams.some((team) => team !== bot.teamId))
      return { refusal: 'You may not decide here: you belong to another Slack workspace.' };
    if (user.id !== userId || !user.isMember)
      return { refusal: 'You may not decide here: guests, bots and deactivated accounts decide nothing.' };
    const person = await people.find(tenant, { slackId: userId });
    if (person !== null) return { person };
    const byMail = user.mail === null ? null : await people.find(tenant, { mail: user.mail });
    // A person whom the directory knows by another Slack account is not this one.
    return byMail?.slackId === null ? { person: byMail } : { refusal: STRANGER };
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    return {
      refusal: 'Slack could not be asked who you are. Try again in a moment, or open it in the inbox.',
    };
  }
}
