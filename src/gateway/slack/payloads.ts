import { z } from 'zod';

import { ACTIONS } from '../../notices/slack/blocks.ts';

/** What Slack sends when somebody clicks or sends a form: the fields that we use. */

const text = z.string().min(1).max(3_000);
const user = z.looseObject({ id: text, team_id: text.optional() });
const team = z.looseObject({ id: text });

const ButtonValueSchema = z.strictObject({ tenant: text, approvalId: text, digest: text });

const ClickSchema = z.looseObject({
  type: z.literal('block_actions'),
  ...{ user, team, trigger_id: text },
  container: z.looseObject({ type: z.literal('message'), message_ts: text, channel_id: text }),
  actions: z.tuple([z.looseObject({ action_id: text, value: text.optional() })]),
});

const SentSchema = z.looseObject({
  type: z.literal('view_submission'),
  ...{ user, team },
  view: z.looseObject({
    ...{ id: text, callback_id: z.literal('countersign:decide'), private_metadata: text },
    state: z.looseObject({
      values: z.looseObject({
        text: z.looseObject({ text: z.looseObject({ value: z.string().nullish() }) }).optional(),
      }),
    }),
  }),
});

export const KINDS = ['approve', 'deny', 'respond'] as const;
export type SlackDecision = (typeof KINDS)[number];

const MetadataSchema = ButtonValueSchema.extend({ kind: z.enum(KINDS), channel: text, ts: text });

/** The card that somebody clicked, and where it stands. It travels through the form. */
export type Clicked = z.infer<typeof MetadataSchema>;

export interface By {
  userId: string;
  teamId: string;
}

export type Interaction =
  | { is: 'click'; by: By; clicked: Clicked; triggerId: string }
  | { is: 'sent'; by: By; clicked: Clicked; viewId: string; text: string };

/** @returns null for what is not ours, or has nothing to answer. */
export function readInteraction(payload: unknown): Interaction | null {
  const click = ClickSchema.safeParse(payload).data;
  if (click !== undefined) {
    const { user: who, team: where, trigger_id: triggerId, container, actions } = click;
    const kind = KINDS.find((one) => ACTIONS[one] === actions[0].action_id);
    const value = ButtonValueSchema.safeParse(fromJson(actions[0].value)).data;
    if (kind === undefined || value === undefined) return null;
    const clicked = { ...value, kind, channel: container.channel_id, ts: container.message_ts };
    return { is: 'click', by: byOf(who, where), clicked, triggerId };
  }
  const sent = SentSchema.safeParse(payload).data;
  if (sent === undefined) return null;
  const clicked = MetadataSchema.safeParse(fromJson(sent.view.private_metadata)).data;
  if (clicked === undefined) return null;
  const written = sent.view.state.values.text?.text.value ?? '';
  return { is: 'sent', by: byOf(sent.user, sent.team), clicked, viewId: sent.view.id, text: written };
}

function byOf(who: z.infer<typeof user>, where: z.infer<typeof team>): By {
  // In a channel that workspaces share, the user's own one is another.
  return { userId: who.id, teamId: who.team_id ?? where.id };
}

function fromJson(value: string | undefined): unknown {
  try {
    return JSON.parse(value ?? '');
  } catch {
    return null;
  }
}
