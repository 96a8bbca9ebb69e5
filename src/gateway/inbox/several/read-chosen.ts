import { z } from '@hono/zod-openapi';

import { DecisionBodySchema } from '../../../contracts/approval/decision.ts';
import { ID_RULES, isApprovalId } from '../../../contracts/ids.ts';
import { parseJson } from '../../bodies/json-text.ts';
import { Problem } from '../../problem.ts';
import { MOST_AT_ONCE } from './read-several.ts';
import type { BatchDecision } from './why-alone.ts';
import { words } from '../strings/words.ts';

/** One of several that were ticked: which one, as it was shown, and the id that its decision has however often it is sent. */
export interface Chosen {
  approvalId: string;
  decisionId: string;
  argumentsDigest: string;
}

/** No button was pressed, but the Enter key. */
export const NONE = 'none';

const { decisionId, argumentsDigest } = DecisionBodySchema.shape;
const CHOSEN = z.strictObject({
  approvalId: z.string().refine(isApprovalId, `must be ${ID_RULES.approvalId}`),
  decisionId: decisionId.unwrap(),
  argumentsDigest: argumentsDigest.unwrap(),
});

/**
 * What was ticked, and what is decided about each.
 *
 * @throws Problem `invalid-request`
 */
export function readChosen(form: URLSearchParams): {
  decision: BatchDecision | typeof NONE;
  chosen: Chosen[];
} {
  const { unreadable } = words().several;
  const decision = form.get('decision');
  if (decision !== 'approve' && decision !== 'deny' && decision !== NONE)
    throw refused('decision', unreadable.decision);
  const chosen = form.getAll('chosen').map((text) => {
    const json = parseJson(text);
    const read = CHOSEN.safeParse(json.ok ? json.value : undefined);
    if (!read.success) throw refused('chosen', unreadable.chosen);
    return read.data;
  });
  if (chosen.length > MOST_AT_ONCE) throw refused('chosen', unreadable.tooMany(chosen.length, MOST_AT_ONCE));
  if (new Set(chosen.map(({ approvalId }) => approvalId)).size < chosen.length)
    throw refused('chosen', unreadable.twice);
  return { decision, chosen };
}

function refused(field: string, message: string): Problem {
  return new Problem('invalid-request', message, { errors: [{ field, message }] });
}
