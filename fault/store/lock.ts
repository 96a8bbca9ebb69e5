import type { SupervisorEvent } from '../../src/cli/supervisor.ts';
import type { StoreUnderTest } from './store.ts';

/** The death of a store that has no process: its file is locked for a while. Told as that of a process. */
export function createLock(cut: StoreUnderTest['cut'], onEvent: (event: SupervisorEvent) => void) {
  let held = 0;
  let pid = 0;
  return {
    isHeld: () => held > 0,
    hold(forMs: number): true {
      held += 1;
      const previousPid = (pid -= 1);
      const exit = { code: null, signal: 'SIGKILL' as const };
      onEvent({ type: 'process.exited', name: 'store', pid: previousPid, exit, restartInMs: forMs });
      void cut(forMs).finally(() => {
        held -= 1;
        onEvent({ type: 'process.restarted', name: 'store', pid: previousPid, previousPid });
      });
      return true;
    },
  };
}
