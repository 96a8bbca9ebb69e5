import { dim, green, red, say, tell, yellow } from '../output.ts';
import type { SupervisorEvent } from '../supervisor.ts';
import { logLine } from './log-line.ts';
import { isLive } from './progress.ts';
import type { Reloaded } from './reload.ts';

/** A line of a process's log: with `verbose` every one of them. */
export function showLog(name: string, line: string, { verbose = false }: { verbose?: boolean }): void {
  if (!isLive(process.stdout)) {
    say(dim(`${name.padEnd(9)} ${line}`));
    return;
  }
  const shown = logLine(name, line, { isVerbose: verbose });
  if (shown !== null) say(shown);
}

/** Whether a changed file was taken up. */
export function showReloaded(reloaded: Reloaded): void {
  const { what, file } = reloaded;
  tell({ event: `${what}.${reloaded.ok ? 'reloaded' : 'refused'}`, ...reloaded });
  if (reloaded.ok) say(green(`Took up the ${what}: ${file}`));
  else say(red(`The ${what} was not taken up; the one before goes on. ${reloaded.reason}`));
}

/** What became of a process. */
export function showEvent(event: SupervisorEvent): void {
  tell({ event: event.type, ...event });
  switch (event.type) {
    case 'process.started':
      return;
    case 'process.exited':
      if (event.restartInMs !== null)
        say(yellow(`${event.name} (process ${event.pid}) died; starting it again.`));
      return;
    case 'process.restarted':
      say(yellow(`${event.name} is back (process ${event.pid}).`));
      return;
    case 'process.restart_failed':
      say(yellow(`${event.name} did not come back: ${event.reason}`));
      return;
    default:
      event satisfies never;
  }
}
