import type { SupervisorEvent } from '../src/cli/supervisor.ts';
import type { PointName } from './points.ts';
import type { ProcessName } from './processes.ts';

/** One SIGKILL, as it was ordered and as it was seen. */
export interface Death {
  at: string;
  process: ProcessName;
  pid: number;
  why: { point: PointName; conversationId: string } | 'at random';
  /** From its end until it could be used again; null when it never came back. */
  backAfterMs: number | null;
}

/** An end nobody ordered. */
export interface UnplannedEnd {
  at: string;
  process: string;
  code: number | null;
  signal: string | null;
}

/** Keeps the list of the dead: an order counts once the supervisor has seen the process end. */
export interface Deaths {
  expect(name: ProcessName, why: Death['why']): void;
  /** Whether it has been ordered to die and has not been seen to. */
  isExpected(name: ProcessName): boolean;
  /** It could not be carried out after all. */
  forget(name: ProcessName): void;
  note(event: SupervisorEvent): void;
  readonly list: readonly Death[];
  readonly unplanned: readonly UnplannedEnd[];
}

export function createDeaths(): Deaths {
  const expected = new Map<string, Death['why']>();
  const list: Death[] = [];
  const unplanned: UnplannedEnd[] = [];
  return {
    list,
    unplanned,
    expect: (name, why) => expected.set(name, why),
    isExpected: (name) => expected.has(name),
    forget: (name) => expected.delete(name),
    note(event) {
      const at = new Date().toISOString();
      if (event.type === 'process.exited') {
        const why = expected.get(event.name);
        expected.delete(event.name);
        const { name, pid, exit, restartInMs } = event;
        if (why !== undefined) list.push({ at, process: name as ProcessName, pid, why, backAfterMs: null });
        else if (restartInMs !== null)
          unplanned.push({ at, process: name, code: exit.code, signal: exit.signal });
      }
      if (event.type === 'process.restarted') {
        const death = list.findLast(({ pid }) => pid === event.previousPid);
        if (death !== undefined) death.backAfterMs = Date.now() - Date.parse(death.at);
      }
    },
  };
}

/** Where a death was ordered, for the report. */
export function pointOf({ why }: Death): PointName | 'at random' {
  return why === 'at random' ? why : why.point;
}
