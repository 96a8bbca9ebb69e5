import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

import { loadApp } from '../cli/load-app.ts';
import { ConfigError } from '../config.ts';
import { issueWords } from '../contracts/issue-words.ts';
import type { Protocol } from '../contracts/run.ts';
import type { App } from '../define/app.ts';
import { refuseInProduction } from '../testing/production.ts';
import { readCallsFile } from './calls/calls-file.ts';
import { callsOfScenario } from './calls/scenario-calls.ts';
import { toSubjects } from './calls/subjects.ts';
import { VerifyError } from './errors.ts';
import { broken, holds, type Finding } from './findings.ts';
import { VerifySchema, type SampleCall, type Verify } from './hooks.ts';
import { toVerification, type Verification } from './report/verification.ts';
import { rehearse } from './rehearse.ts';

export interface VerifyOptions {
  /** Path of the file that exports the application. */
  configFile: string;
  protocol?: Protocol;
  /** Path of a JSON file with sample calls. */
  callsFile?: string;
  /** Path of a scenario of the simulator, whose calls are tried. */
  scenarioFile?: string;
  /** Whether the tools may be run; not asked for an application whose tools are sandboxed. */
  confirm?: (app: App) => Promise<boolean>;
  /** Hears, as words for a person, what is being done. */
  onProgress?: (message: string) => void;
}

/**
 * Runs an application against what can go wrong, and says what holds. The tools are really run.
 *
 * @throws TestingError in production, VerifyError for options that do not fit, and what `startTemporalServer` throws.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  refuseInProduction('verify');
  const { configFile, protocol = 'assistants', onProgress = () => undefined } = options;
  // Before the application is loaded: it may choose its systems by it.
  process.env.COUNTERSIGN_VERIFY = '1';
  onProgress('loading the application');
  const beganAt = performance.now();
  const facts = { configFile, protocol };
  let loaded: { app: App; hooks: Verify };
  try {
    loaded = await load(configFile);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.cause === undefined) throw error;
    const finding = broken('does-not-load', null, error.message);
    return toVerification({ ...facts, subjects: [], findings: [finding], ms: performance.now() - beganAt });
  }
  const { app, hooks } = loaded;
  if (hooks.sandboxed !== true && options.confirm && !(await options.confirm(app)))
    throw new VerifyError('Nothing was run.');
  onProgress('asking the policies');
  const given: SampleCall[] = [
    ...(options.callsFile === undefined ? [] : await readCallsFile(options.callsFile)),
    ...(options.scenarioFile === undefined ? [] : await callsOfScenario(options.scenarioFile, app)),
    ...(hooks.calls ?? []),
  ];
  requireKnown(given, app);
  const subjects = await toSubjects(app, given);
  const findings: Finding[] = [
    holds('loads', null, `It loads, with ${subjects.length} tools.`),
    ...subjects.flatMap((subject) => subject.findings),
    ...(await rehearse({ configFile, protocol, subjects, hooks, onProgress })),
  ];
  return toVerification({
    ...facts,
    subjects,
    findings,
    notes: notesOn(app),
    ms: performance.now() - beganAt,
  });
}

/** What runs at the provider is beyond the gate's worker. */
function notesOn({ assistants }: App): string[] {
  return assistants.flatMap(({ name, mcp, builtInTools }) => [
    ...(mcp.length > 0 ? [`${name}: tools of MCP servers run at the provider and were not tried.`] : []),
    ...(builtInTools ? [`${name}: built-in tools run at the provider, ask nobody and were not tried.`] : []),
  ]);
}

async function load(configFile: string): Promise<{ app: App; hooks: Verify }> {
  const app = await loadApp(configFile);
  const module = (await import(pathToFileURL(resolve(configFile)).href)) as { verify?: unknown };
  const parsed = VerifySchema.safeParse(module.verify ?? {}, { error: issueWords });
  if (parsed.success) return { app, hooks: parsed.data as Verify };
  const [issue] = parsed.error.issues;
  throw new VerifyError(
    `The export "verify" of ${configFile} cannot be used: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}. It may have sandboxed, calls and countEffects.`,
  );
}

/** @throws VerifyError for a call of a tool that the application does not have. */
function requireKnown(given: readonly SampleCall[], app: App): void {
  const names = new Set(app.assistants.flatMap(({ tools }) => tools.map(({ name }) => name)));
  const unknown = given.find(({ tool }) => !names.has(tool));
  if (unknown === undefined) return;
  throw new VerifyError(
    `A sample call names the tool "${unknown.tool}". The application has: ${[...names].join(', ') || 'none'}.`,
  );
}

export { badgeOf } from './report/badge.ts';
export { tableOf } from './report/table.ts';
export { VerifyError };
export type { Verification };
