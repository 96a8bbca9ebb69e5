import js from '@eslint/js';
import temporal from 'eslint-plugin-temporal';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom at run time (docs/architecture.md). A folder of src/ may reach its own files and the ones listed;
 * `import type` is free, because it leaves nothing behind in the program.
 */
const MAY_IMPORT = {
  contracts: [],
  workflows: [
    'contracts/ids.ts',
    'contracts/failures/failures.ts',
    'contracts/limits.ts',
    'contracts/deciding/**',
    'contracts/recording/**',
    'contracts/size.ts',
    'contracts/search/attributes.ts',
    'contracts/told.ts',
    'contracts/transcript.ts',
    'contracts/workflow-names.ts',
  ],
  providers: ['contracts/**'],
  client: ['contracts/**', 'workflows/messages.ts'],
  store: ['contracts/**'],
  define: ['contracts/**', 'define/interaction-log-problem.ts'],
  record: ['contracts/**', 'store/**'],
  notices: ['contracts/**', 'record/**', 'store/**'],
  activities: ['contracts/**', 'define/**', 'notices/**', 'providers/**', 'record/**'],
  gateway: ['contracts/**', 'client.ts', 'notices/**', 'record/**', 'store/**'],
  'interaction-log': ['contracts/**'],
};

/** Packages that would grow the workflow bundle or break its determinism. */
const KEPT_OUT = {
  workflows: ['zod', 'openai', 'hono', 'node:*', '@temporalio/client', '@temporalio/worker'],
};

function onlyImports(files, group, message) {
  const patterns = [{ group: [...new Set(group)], allowTypeImports: true, message }];
  return { files, rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] } };
}

const importRules = Object.entries(MAY_IMPORT).flatMap(([folder, allowed]) => {
  // Ignore patterns: a file is let through only when its folder is let through too.
  const paths = allowed.flatMap((path) => foldersOf(path).concat(path));
  const message = `src/${folder} may import at run time only: ${[folder, ...allowed].join(', ')}.`;
  const keptOut = KEPT_OUT[folder] ?? [];
  const rule = (files, up) =>
    onlyImports([files], [...keptOut, `${up}**`, ...paths.map((path) => `!${up}${path}`)], message);
  return [rule(`src/${folder}/*.ts`, '../'), rule(`src/${folder}/*/*.ts`, '../../')];
});

/** `a/b/c.ts` → `a`, `a/b`. */
function foldersOf(path) {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

export default defineConfig(
  {
    ignores: [
      '**/dist/',
      '**/.vitepress/cache/',
      'coverage/',
      '.countersign/',
      'node_modules/',
      'bench/peers/',
    ],
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  // Templates are of a project that does not exist yet.
  { files: ['**/*.js', 'packages/*/templates/**/*.ts'], ...tseslint.configs.disableTypeChecked },
  ...importRules,
  onlyImports(
    ['src/contracts/{ids,failures,limits,approval/rule,search-attributes,size,transcript,workflow-names}.ts'],
    ['*'],
    'What workflows load imports nothing.',
  ),
  onlyImports(
    ['src/contracts/deciding/*.ts'],
    ['zod', 'canonicalize', 'node:*', '@*/*', '../**', '!../approval', '!../approval/rule.ts'],
    'What the ledger decides by imports its neighbours and the rule.',
  ),
  onlyImports(
    ['src/client.ts'],
    [
      './**',
      '!./client',
      '!./client/**',
      '!./contracts',
      '!./contracts/**',
      '!./workflows',
      '!./workflows/messages.ts',
    ],
    'src/client.ts may import at run time only: contracts, workflows/messages.',
  ),
  onlyImports(
    ['src/cli/**/*.ts'],
    ['../workflows/**', '../../workflows/**'],
    'src/cli goes through client.ts.',
  ),
  onlyImports(
    ['src/testing/clock/{workflow,messages}.ts'],
    ['../**', 'node:*', '@temporalio/client', '@temporalio/worker', './!(messages.ts)'],
    'It runs in the workflow sandbox: of our own code it may load messages.ts alone.',
  ),
  onlyImports(
    ['packages/*/src/**/*.ts'],
    ['**/src/**', 'countersign', 'countersign/**'],
    'packages/ import nothing of src/.',
  ),
  { files: ['src/cli/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: ['src/workflows/**/*.ts'], ...temporal.configs.workflow },
  {
    files: ['src/workflows/**/*.ts'],
    rules: {
      // Modules are shared by all workflows of a worker (docs/decisions/0019).
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'Program > VariableDeclaration[kind!="const"], Program > ExportNamedDeclaration > VariableDeclaration[kind!="const"]',
          message: 'Workflow modules keep no state: they are shared by all workflows of a worker.',
        },
      ],
      // typescript-eslint's rule of the same name knows types; this one takes setHandler for a promise.
      'temporal/workflow-no-floating-promises': 'off',
      // A hold has no limit but its own deadlines: waiting for days is what this is for.
      'temporal/workflow-condition-timeout-style': 'off',
      // Deadlines are compared with Temporal's clock on purpose (design: two clocks).
      'temporal/workflow-no-wall-clock-assumptions': 'off',
      // Workflow time is deterministic, and reading it twice in a task is reading the same.
      'temporal/workflow-no-nondeterministic-control-flow': 'off',
      'temporal/workflow-no-date-now-tight-loop': 'off',
      // Takes every exported helper for a workflow.
      'temporal/workflow-prefer-single-object-args': 'off',
      // Takes a query without arguments for one without types.
      'temporal/workflow-require-explicit-payload-types': 'off',
      // Asks for a dated comment; histories under test/histories are replayed by the tests instead.
      'temporal/workflow-replay-testing-required-comment': 'off',
      // uuid4 is used once, to tell hand-typed decisions apart.
      'temporal/workflow-uuid4-requires-security-comment': 'off',
      'temporal/workflow-no-workflow-prng-for-persisted-ids': 'off',
      'temporal/workflow-prefer-local-activity-for-nondeterministic-value': 'off',
      // A raw error is a fault in our code: it must stop the workflow task, not fail the turn.
      'temporal/workflow-no-throw-raw-error': 'off',
    },
  },
  { files: ['src/activities/**/*.ts'], ...temporal.configs.activity },
  {
    files: ['scripts/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts', 'fault/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['src/activities/**/*.ts'],
    rules: {
      // Takes every exported helper for an activity.
      'temporal/activity-prefer-single-object-args': 'off',
      // A timer in attempt.ts heartbeats for every activity, whatever it waits on.
      'temporal/activity-heartbeat-in-long-loops': 'off',
    },
  },
  {
    // The client marks what OpenAI switched off as deprecated; servers that still speak it are what these are for.
    files: [
      'src/providers/assistants/*.ts',
      'examples/assistants-pattern/*.ts',
      'packages/openai-simulator/test/**/*.ts',
      'bench/*.ts',
    ],
    rules: { '@typescript-eslint/no-deprecated': 'off' },
  },
  // Their packages are their own and not installed here. Types are checked by their tests.
  { files: ['examples/*-service/**/*.{ts,tsx}'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['test/**/*.ts', 'packages/*/test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
