import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';

import { Option, type Command } from 'commander';

import { workerConfig } from '../config.ts';
import { PROTOCOLS, type Protocol } from '../contracts/run.ts';
import type { App } from '../define/app.ts';
import { TestingError } from '../testing/production.ts';
import { EXIT_CODES } from './errors/exit-codes.ts';
import { bold, dim, green, isJson, red, say, tell } from './output.ts';
import { CommandError, runCommand } from './run-command.ts';

interface Options {
  config?: string;
  calls?: string;
  scenario?: string;
  protocol?: Protocol;
  badge?: string;
  yes?: true;
  all?: true;
}

/** The tools are really run, so they are run only where somebody has said so. */
const WARNING = [
  'verify really runs these tools, several times each, also with arguments made up from their schemas:',
  'Point them at a sandbox: COUNTERSIGN_VERIFY is 1 in their environment.',
] as const;

export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description(
      'try an application against kills, repeats and late decisions, and say which guarantees hold',
    )
    .option('--config <file>', 'the application (default: COUNTERSIGN_CONFIG, or countersign.config.ts)')
    .option('--calls <file>', 'sample calls: { "calls": [{ "tool", "arguments", "context"? }] }')
    .option('--scenario <file>', 'a scenario of the simulator, whose calls are tried')
    .addOption(
      new Option('--protocol <name>', 'the protocol that is spoken (default: COUNTERSIGN_PROVIDER)').choices(
        PROTOCOLS,
      ),
    )
    .option('--badge <file>', 'write a badge there, as SVG')
    .option('--all', 'also list what holds')
    .option('--yes', 'run the tools without asking')
    .action(
      runCommand(async (options: Options) => {
        const { calls, scenario, protocol, badge } = options;
        const { applicationFile, provider } = workerConfig();
        const progress = createProgress();
        // So that what is kept for the time being is removed.
        process.once('SIGINT', () => process.exit(EXIT_CODES.interrupted.code));
        // It is loaded here, for it brings all that tests need.
        const { badgeOf, tableOf, verify, VerifyError } = await import('../verify/verify.ts');
        try {
          const verification = await verify({
            configFile: options.config ?? applicationFile,
            protocol: protocol ?? provider.protocol,
            ...(calls !== undefined && { callsFile: calls }),
            ...(scenario !== undefined && { scenarioFile: scenario }),
            ...(!options.yes && { confirm: (app) => confirm(app, progress) }),
            onProgress: progress.tell,
          });
          progress.end();
          if (badge !== undefined) await writeFile(badge, badgeOf(verification));
          tell(verification);
          const how = { paint: { bold, dim, green, red }, isFull: options.all === true };
          tableOf(verification, how).forEach((line) => say(line));
          process.exitCode = verification.ok ? EXIT_CODES.done.code : EXIT_CODES.unexpected.code;
          // The Temporal server and what the tools have left open end with this process.
          setImmediate(() => process.exit());
        } catch (error) {
          progress.end();
          if (error instanceof VerifyError || error instanceof TestingError)
            throw new CommandError(error.message);
          throw error;
        }
      }),
    );
}

/** @throws CommandError where nobody can be asked. */
async function confirm({ assistants }: App, progress: Progress): Promise<boolean> {
  const names = new Set(assistants.flatMap(({ tools }) => tools.map(({ name }) => name)));
  progress.end();
  const [what, how] = WARNING;
  if (!process.stdin.isTTY)
    throw new CommandError(`${what} ${[...names].join(', ')}. ${how} Say --yes when they may run.`);
  console.error(`${what}\n  ${[...names].join('\n  ')}\n${how}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Run them? [y/N] ').catch(() => null);
  terminal.close();
  if (answer === null) process.stderr.write('\n');
  // Ctrl+C, or the end of the input.
  if (answer === null) process.exit(EXIT_CODES.interrupted.code);
  return /^y(es)?$/i.test(answer.trim());
}

interface Progress {
  tell: (message: string) => void;
  end: () => void;
}

/** One line of a terminal; nothing where there is none. */
function createProgress(): Progress {
  const { stderr } = process;
  if (!stderr.isTTY || isJson()) return { tell: () => undefined, end: () => undefined };
  return {
    tell: (message) => void stderr.write(`\r\u001b[K${message.slice(0, stderr.columns - 2)} …`),
    end: () => void stderr.write('\r\u001b[K'),
  };
}
