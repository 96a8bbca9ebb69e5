import { readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

import { beforeAll, expect, test } from 'vitest';

import * as sources from '../../../src/contracts/how-called.ts';
import { testFolder } from '../../support/folder.ts';

const { howToCall, howToInstall } = sources;

const source = new URL('../../../src/contracts/how-called.ts', import.meta.url);
const folder = testFolder();
let built: typeof sources;

beforeAll(async () => {
  // As the build leaves it: JavaScript.
  const file = join(folder, 'how-called.mjs');
  writeFileSync(file, stripTypeScriptTypes(readFileSync(source, 'utf8')));
  built = (await import(file)) as typeof built;
});

test('from the sources a command is called by the script of this repository', () => {
  expect(howToCall('dev')).toBe('npm run countersign -- dev');
});

test.each([
  ['npx', '/home/ada/shop/node_modules/.bin/countersign', 'npm/11.6.0 node/v24.0.0', 'npx countersign dev'],
  [
    'no package manager',
    '/home/ada/shop/node_modules/countersign/dist/cli/main.js',
    '',
    'npx countersign dev',
  ],
  ['pnpm', '/home/ada/shop/node_modules/.bin/countersign', 'pnpm/10.0.0 npm/?', 'pnpm exec countersign dev'],
  ['yarn', '/home/ada/shop/node_modules/.bin/countersign', 'yarn/4.0.0 npm/?', 'yarn countersign dev'],
  ['a machine that has it for everybody', '/usr/local/bin/countersign', '', 'countersign dev'],
  ['a program of somebody else', '/home/ada/shop/server.js', '', 'npx countersign dev'],
])('from an installed package a command is called as it exists there: %s', (_, program, agent, called) => {
  const from = { argv: ['node', program], env: { npm_config_user_agent: agent } };
  expect(built.howToCall('dev', from)).toBe(called);
});

test.each([
  ['npm/11.6.0 node/v24.0.0', 'npm install zod'],
  ['', 'npm install zod'],
  ['pnpm/10.0.0 npm/?', 'pnpm add zod'],
  ['yarn/4.0.0 npm/?', 'yarn add zod'],
])('a package is added with the package manager at work: %s', (agent, command) => {
  expect(howToInstall('zod', { env: { npm_config_user_agent: agent } })).toBe(command);
});
