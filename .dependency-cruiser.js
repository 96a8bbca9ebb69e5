/**
 * Who may import whom (docs/architecture.md), with types counted: what a folder of src/ may reach beside itself. Whoever moves code
 * changes the table there and here.
 */
const MAY_REACH = {
  contracts: [],
  define: ['contracts'],
  providers: ['contracts', 'define'],
  // Of activities only the types of their functions, which Temporal's proxies are made of.
  workflows: ['contracts', 'activities/index'],
  notices: ['contracts', 'record', 'store'],
  activities: ['contracts', 'define', 'notices', 'providers', 'record', 'store'],
  'interaction-log': ['contracts', 'activities'],
  client: ['contracts', 'workflows/messages'],
  store: ['contracts'],
  record: ['contracts', 'store'],
  config: ['contracts', 'client'],
  gateway: ['contracts', 'client', 'notices', 'record', 'store'],
  'workflow-bundle': [],
  worker: [
    ...['activities', 'client', 'contracts', 'define', 'interaction-log', 'notices', 'providers'],
    ...['record', 'store', 'workflow-bundle'],
  ],
};

const folder = (name) => `^src/${name}(/|[.]ts$)`;
const target = (name) => (name.includes('/') ? `^src/${name}[.]ts$` : folder(name));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that need each other are one, or hide a third that both need. Types count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...Object.entries(MAY_REACH).map(([name, allowed]) => ({
      name: `${name}-reaches-down`,
      comment: `src/${name} may import only: ${[name, ...allowed].join(', ')}.`,
      severity: 'error',
      from: { path: folder(name) },
      to: { path: '^src/', pathNot: [name, ...allowed].map(target) },
    })),
    {
      name: 'cli-goes-through-the-client',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/workflows/' },
    },
    {
      name: 'nothing-loads-the-testing-kit',
      comment:
        'It moves clocks and decides in names of people. The command line has its scripted approvers, verify runs on it, and nothing else has any of it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(testing|verify)/' },
      to: { path: '^src/testing/', pathNot: '^src/testing/(approvers/|production[.]ts$)' },
    },
    {
      name: 'only-the-command-line-has-scripted-approvers',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(testing|verify|cli)/' },
      to: { path: '^src/testing/' },
    },
    {
      name: 'only-its-command-verifies',
      comment: 'It runs tools for nobody. Of its types the kit hands out one.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(verify/|cli/verify[.]ts$)' },
      to: { path: '^src/verify/', pathNot: '^src/verify/hooks[.]ts$' },
    },
    {
      name: 'verify-goes-through-the-testing-kit',
      severity: 'error',
      from: { path: '^src/verify/' },
      to: { path: '^src/(workflows|activities|providers|gateway)/' },
    },
    {
      name: 'packages-stand-alone',
      comment: 'What plays OpenAI must not share a mistake with what speaks to it.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^(src|packages)/', pathNot: '^packages/$1/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { conditionNames: ['countersign-source', 'import', 'default'] },
  },
};
