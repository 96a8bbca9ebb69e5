import type { Records } from '../records.ts';
import { judgeDecisions } from './decisions.ts';
import { judgeEffects } from './effects.ts';
import { judgeGrants } from './grants.ts';
import { judgeProvider } from './provider.ts';
import { judgeRecord } from './record.ts';
import { judgeRules } from './rules.ts';
import { judgeRunsLeft, judgeTold } from './told.ts';
import { judgeTurns } from './turns.ts';
import type { Violation } from './violations.ts';

/** Compares the five records; an empty list is what a campaign hopes for. */
export function judge(records: Records): Violation[] {
  const violations: Violation[] = [];
  const complain = (kind: Violation['kind'], subject: string, detail: string): void => {
    violations.push({ kind, subject, detail });
  };
  judgeTurns(records, complain);
  judgeDecisions(records, complain);
  judgeEffects(records, complain);
  judgeGrants(records, complain);
  judgeProvider(records, complain);
  judgeRunsLeft(records, complain);
  judgeTold(records, complain);
  judgeRecord(records, complain);
  judgeRules(records, complain);
  return violations;
}
