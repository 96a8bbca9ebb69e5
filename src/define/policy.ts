import type { OnRunDeadline } from '../contracts/approval/approval.ts';
import type { AuthRule, Rule } from '../contracts/approval/rule.ts';
import type { Channel, Verdict } from '../contracts/approval/review.ts';
import type { TurnContext } from '../contracts/turn.ts';
import { groupsEver } from '../contracts/deciding/groups-at.ts';
import type { ChannelName } from '../contracts/notice.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import { toMs, type Duration } from './duration.ts';
import { grantTermsOf, type GrantOptions } from './grant.ts';
import { laterGroups, notifyOf, type LadderStep } from './notify.ts';
import { quorumOf, type QuorumOptions } from './quorum.ts';

/** Which calls need a person: one verdict for all calls, or a function of the parsed arguments and the trusted context. */
export type Policy<Args> = Verdict | ((args: Args, context: TurnContext) => Verdict | Promise<Verdict>);

/** The call runs without asking anybody. */
export function allow(): Verdict {
  return { kind: 'allow' };
}

/** The call never runs; the model is told the reason. */
export function forbid(reason: string): Verdict {
  return { kind: 'forbid', reason };
}

/** What `requireApproval` takes. */
export interface ApprovalRule {
  within?: Duration;
  onRunDeadline?: OnRunDeadline;
  approvers?: string[];
  quorum?: QuorumOptions;
  notRequester?: boolean;
  note?: 'deny' | 'always';
  breakGlass?: { groups: string[] };
  freshFor?: Duration;
  auth?: AuthRule;
  reason?: string;
  askAlso?: Channel;
  notify?: ChannelName[];
  ladder?: LadderStep[];
  showConversation?: boolean;
  mayGrant?: GrantOptions;
}

/**
 * The call waits until a person approves it, or several.
 *
 * @param rule.within - how long the approval stays open. By default until the run's deadline.
 * @param rule.onRunDeadline - what happens at the run's deadline. `deny` tells the model that time is up. `cancel` cancels the run and
 *   ends the turn. `park` ends the run with a placeholder and keeps the approval open. The default is `park` when `within` reaches
 *   beyond the run, else `deny`.
 * @param rule.approvers - groups that may decide. Every voter must belong to one of them.
 * @param rule.quorum - how many different people must approve (`approve`, 1 by default) or deny it (`deny`, 1 by default), and how many of
 *   the approving ones must belong to which groups (`from`).
 * @param rule.notRequester - the requester may not vote, nor the API key that began the turn. Whoever edits cannot be the only approver.
 * @param rule.note - decisions that need a reason: `deny`, or `always`.
 * @param rule.breakGlass - groups whose members may settle it alone in an emergency, with a reason of at least 10 characters.
 * @param rule.freshFor - the longest time from the last vote to the effect. An older approval is asked for again.
 * @param rule.auth - how recently (`maxAgeMinutes`) and how strongly (`acr`, `passkey`) a voter must have been authenticated.
 * @param rule.reason - the reason for asking, shown to the approver.
 * @param rule.askAlso - `handover` also asks at the Handover, and the first answer wins. Tool, description and arguments are sent
 *   there. The worker needs COUNTERSIGN_HANDOVER_URL and COUNTERSIGN_HANDOVER_API_KEY.
 * @param rule.notify - channels that people are told by: `mail`, `slack`, `push`, `teams`. The default is what the worker is configured for; with
 *   none nobody is told.
 * @param rule.ladder - who is told next when nobody answers: at most eight steps, each later than the one before. `mayDecide` also widens
 *   who may decide, from that time on.
 * @param rule.showConversation - `false`: the card shows nothing of the conversation. By default it has the user's message and up to ten lines
 *   before it.
 * @param rule.mayGrant - whoever approves it may let later calls through, too, which are the same or have lower numbers (`narrowerBy`), for as long
 *   (`forMs`). Needs a store.
 * @throws DefinitionError for a rule that nobody can ever meet, naming the field.
 *
 * @example
 * ```ts
 * requireApproval({
 *   approvers: ['finance', 'security'],
 *   quorum: { approve: 2, from: [{ group: 'security', atLeast: 1 }] },
 *   notRequester: true,
 *   freshFor: '15m',
 * });
 * ```
 */
export function requireApproval(rule: ApprovalRule = {}): Verdict {
  const { within, onRunDeadline, approvers, reason, askAlso } = rule;
  if (onRunDeadline === 'park' && within === undefined) {
    throw new DefinitionError(
      'requireApproval({ onRunDeadline: "park" }) needs "within": set how long the approval stays open.',
    );
  }
  const notify = notifyOf(rule);
  const more = moreOf(rule);
  return {
    kind: 'ask',
    ...(onRunDeadline === undefined ? {} : { onRunDeadline }),
    ...(within === undefined ? {} : { withinMs: toMs(within, 'within') }),
    ...(approvers === undefined ? {} : { approvers }),
    ...(Object.keys(more).length === 0 ? {} : { rule: more }),
    ...(reason === undefined ? {} : { reason }),
    ...(askAlso === undefined ? {} : { askAlso }),
    ...(notify && { notify }),
    ...(rule.showConversation === false && { showConversation: false }),
  };
}

/** What must be met beside `approvers`. A quorum of one is what holds anyway. */
function moreOf({
  approvers,
  quorum,
  notRequester,
  note,
  breakGlass,
  freshFor,
  auth,
  ladder = [],
  mayGrant,
}: ApprovalRule): Rule {
  if (approvers?.length === 0)
    throw new DefinitionError(
      'requireApproval({ approvers }) needs at least one group. Leave it out to let any approver decide.',
    );
  const alsoAfter = laterGroups(ladder, approvers);
  const people =
    quorum && quorumOf(quorum, groupsEver({ ...(approvers && { approvers }), rule: { alsoAfter } }));
  if (breakGlass?.groups.length === 0)
    throw new DefinitionError('requireApproval({ breakGlass }) needs at least one group.');
  return {
    ...(people && { quorum: people }),
    ...(notRequester === true && { notRequester }),
    ...(note && { note }),
    ...(alsoAfter.length > 0 && { alsoAfter }),
    ...(breakGlass && { breakGlass }),
    ...(freshFor !== undefined && { freshForMs: toMs(freshFor, 'freshFor') }),
    ...(auth && { auth }),
    ...(mayGrant && { mayGrant: grantTermsOf(mayGrant) }),
  };
}
