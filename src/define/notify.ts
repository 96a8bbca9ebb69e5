import { NotifySchema } from '../contracts/approval/notify-schema.ts';
import type { LaterGroups } from '../contracts/approval/rule.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import { issueWords } from '../contracts/issue-words.ts';
import type { ChannelName, Notify } from '../contracts/notice.ts';
import { toMs, type Duration } from './duration.ts';

/** Who is told next when nobody answers; `after` the question was asked. */
export interface LadderStep {
  after: Duration;
  /** Those who may decide are told once more. */
  remind?: boolean;
  /** These groups are told. */
  tell?: string[];
  /** These groups are told, and may decide from then on. */
  mayDecide?: string[];
}

/**
 * Whom a policy tells; undefined where it says nothing of that.
 *
 * @throws DefinitionError for an unknown channel, and for a ladder whose steps are out of order, empty or too many.
 */
export function notifyOf({
  notify,
  ladder,
}: {
  notify?: ChannelName[];
  ladder?: LadderStep[];
}): Notify | undefined {
  if (notify === undefined && ladder === undefined) return undefined;
  const wanted = {
    ...(notify && { channels: notify }),
    ...(ladder && {
      ladder: ladder.map(({ after, remind, tell, mayDecide }, index) => ({
        afterMs: toMs(after, `ladder.${index}.after`),
        ...(remind === true && { remind }),
        ...(tell && { tell }),
        ...(mayDecide && { mayDecide }),
      })),
    }),
  };
  const parsed = NotifySchema.safeParse(wanted, { error: issueWords });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const [top, ...rest] = issue?.path.map(String) ?? [];
  const field = [top === 'channels' ? 'notify' : 'ladder', ...rest].join('.');
  throw new DefinitionError(
    `requireApproval({ ${top === 'channels' ? 'notify' : 'ladder'} }): ${field} ${issue?.message ?? ''}.`,
  );
}

/**
 * The groups that a ladder lets decide later.
 *
 * @throws DefinitionError where anybody may decide from the start.
 */
export function laterGroups(ladder: readonly LadderStep[], approvers: string[] | undefined): LaterGroups[] {
  return ladder.flatMap(({ after, mayDecide: groups }, index) => {
    if (groups === undefined) return [];
    if (approvers !== undefined) return [{ afterMs: toMs(after, `ladder.${index}.after`), groups }];
    throw new DefinitionError(
      `requireApproval({ ladder }): ladder.${index}.mayDecide is of no use, because anybody may decide without "approvers". Name the approvers, or use "tell".`,
    );
  });
}
