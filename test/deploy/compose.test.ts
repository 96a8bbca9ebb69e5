import { existsSync, readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import {
  composeFile,
  jobs,
  longRunning,
  repositoryFile,
  services,
  type ComposeFile,
} from './compose-file.ts';

test('docker-compose.yml fits the schema of the Compose Specification', () => {
  const schema = JSON.parse(readFileSync(new URL('compose-spec.json', import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >;
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(schema);
  validate(composeFile);
  expect(validate.errors ?? []).toEqual([]);

  // The schema does refuse: a test that cannot fail would prove nothing.
  expect(validate({ ...composeFile, services: { worker: { imagee: 'x' } } })).toBe(false);
});

test('what stands in the file is what the deployment needs', () => {
  expect(jobs.map(([name]) => name)).toEqual(['temporal-schema', 'store-database', 'temporal-namespace']);
  expect(longRunning.map(([name]) => name)).toEqual([
    'postgres',
    'temporal',
    'temporal-ui',
    'worker',
    'gateway',
    'simulator',
  ]);
});

describe.each(services)('%s', (name, service) => {
  test('has an image of one exact version', () => {
    const ours = service.build !== undefined;
    if (ours) expect(service.image).toMatch(/^countersign:\$\{COUNTERSIGN_VERSION:-\d+\.\d+\.\d+\}$/);
    else expect(service.image).toMatch(/^[a-z0-9/-]+:\d+\.\d+(\.\d+)?(-[a-z0-9]+)?$/);
  });

  test('is open on this machine only', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(service.network_mode).toBeUndefined();
  });

  test('is given nothing it does not need', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(service.privileged).toBeUndefined();
    expect(service.user ?? 'the user of the image').not.toMatch(/^(root|0)/);
  });

  test('gets secrets as files, never as values', () => {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (!/PASSWORD|PWD|SECRET|KEY|TOKEN/.test(variable)) continue;
      expect(`${variable}=${value}`).toMatch(/=\/run\/secrets\//);
    }
    for (const secret of service.secrets ?? []) {
      const source = typeof secret === 'string' ? secret : secret.source;
      expect(composeFile.secrets[source]?.file).toMatch(/^\.\/deploy\/secrets\//);
    }
  });

  test('has a secret handed over by with-secrets.sh when it cannot read files', () => {
    const asVariable = (service.secrets ?? []).some((secret) => /^[A-Z_]+$/.test(targetOf(secret)));
    if (!asVariable || service.build !== undefined) return;
    expect(service.entrypoint?.slice(0, 2)).toEqual(['sh', '/deploy/with-secrets.sh']);
  });

  test('mounts only what exists, and nothing it could write to but volumes', () => {
    for (const volume of service.volumes ?? []) {
      const [source = '', target = '', mode] = volume.replace(/\$\{\w+:-([^}]*)\}/g, '$1').split(':');
      if (source.startsWith('.')) {
        expect(existsSync(new URL(`../../${source}`, import.meta.url)), source).toBe(true);
        expect(mode, `${source} at ${target}`).toBe('ro');
      } else {
        expect(Object.keys(composeFile.volumes)).toContain(source);
      }
    }
  });

  test('starts when what it needs is ready: services healthy, jobs at their end', () => {
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      const isJob = jobs.some(([job]) => job === needed);
      expect(condition, `${name} needs ${needed}`).toBe(
        isJob ? 'service_completed_successfully' : 'service_healthy',
      );
    }
  });
});

test.each(longRunning)('%s has a health check and comes back after a failure', (_, service) => {
  expect(service.restart).toBe('unless-stopped');
  expect(service.healthcheck?.disable).toBeUndefined();
  expect(service.healthcheck?.test[0]).toBe('CMD');
});

test('the order is database, schema, server, namespace, then worker and gateway', () => {
  expect(needs('temporal-schema')).toEqual(['postgres']);
  expect(needs('temporal')).toContain('temporal-schema');
  expect(needs('temporal-namespace')).toEqual(['temporal']);
  expect(needs('worker')).toContain('temporal-namespace');
  expect(needs('gateway')).toContain('temporal-namespace');
  expect(needs('store-database')).toEqual(['postgres', 'temporal-schema']);
  for (const name of ['worker', 'gateway']) expect(needs(name)).toContain('store-database');
});

test('the simulator runs only when asked for', () => {
  expect(composeFile.services.simulator?.profiles).toEqual(['simulator']);
  const others = services.filter(([name]) => name !== 'simulator');
  expect(others.filter(([, { profiles }]) => profiles !== undefined)).toEqual([]);
});

test('the database is reached by what keeps something there, and by its jobs only', () => {
  const inside = services.filter(([, { networks }]) => networks?.includes('database'));
  expect(inside.map(([name]) => name)).toEqual([
    'postgres',
    'temporal-schema',
    'store-database',
    'temporal',
    'worker',
    'gateway',
  ]);
  expect(composeFile.services.postgres?.networks).toEqual(['database']);
  expect(composeFile.services.postgres?.ports).toBeUndefined();
});

test('every variable of ours that is set is one the program reads', () => {
  const read = new Set(
    ['worker', 'gateway', 'simulator', 'provider', 'store', 'temporal', 'webhooks'].flatMap((name) =>
      repositoryFile(`src/config/${name}.ts`).match(/\bCOUNTERSIGN_[A-Z_]+(?=:)/g),
    ),
  );
  const given = services.flatMap(([, { environment = {}, secrets = [] }]) => [
    ...Object.keys(environment),
    ...secrets.map(targetOf),
  ]);
  const ours = given.filter((variable) => variable.startsWith('COUNTERSIGN_'));
  expect(ours.filter((variable) => !read.has(variable))).toEqual([]);
});

test('server and schema tools are one version', () => {
  const version = (name: string) => composeFile.services[name]?.image.split(':')[1];
  expect(version('temporal-schema')).toBe(version('temporal'));
  expect(version('temporal-namespace')).toBe(version('temporal'));
});

test('the image has the version of the package and the Node of the development packages', () => {
  const { version, devDependencies } = JSON.parse(repositoryFile('package.json')) as {
    version: string;
    devDependencies: { node: string };
  };
  expect(composeFile.services.worker?.image).toContain(`:-${version}}`);
  const base = /^FROM node:(\d+)\.\d+\.\d+-bookworm-slim@sha256:[0-9a-f]{64} /m.exec(
    repositoryFile('Dockerfile'),
  );
  expect(devDependencies.node).toMatch(new RegExp(`^\\^${String(base?.[1])}\\.`));
});

test('the image has what countersign depends on by name: the manifest before npm links it, and what the build made of it', () => {
  const dockerfile = repositoryFile('Dockerfile');
  const { dependencies } = JSON.parse(repositoryFile('package.json')) as { dependencies: object };
  const own = Object.keys(dependencies).filter((name) => name.startsWith('@countersign/'));
  expect(own).toContain('@countersign/openai-simulator');
  for (const name of own) {
    const folder = `packages/${name.replace('@countersign/', '')}`;
    const manifest = `COPY ${folder}/package.json ${folder}/`;
    for (const stage of dockerfile.split('RUN npm ci').slice(0, 2)) expect(stage).toContain(manifest);
    const [, last = ''] = dockerfile.split('ENV NODE_ENV=production');
    expect(last).toContain(manifest);
    expect(last).toContain(`COPY --from=build /app/${folder}/dist ${folder}/dist`);
  }
});

test('init-secrets.sh makes every secret the file names', () => {
  const script = repositoryFile('deploy/init-secrets.sh');
  for (const { file } of Object.values(composeFile.secrets)) {
    expect(script).toContain(` keep ${String(file?.split('/').at(-1))}`);
  }
});

test('keys.compose.yml gives the worker the public keys that the gateway shows, and the private one to the gateway alone', () => {
  const { services: added, secrets } = parse(repositoryFile('deploy/keys.compose.yml')) as ComposeFile;
  const trusted = { COUNTERSIGN_TRUSTED_KEYS: '/run/secrets/trusted-keys.json' };
  const signing = { COUNTERSIGN_SIGNING_KEY: '/run/secrets/signing-key.json' };
  expect(added.worker).toEqual({ environment: trusted, secrets: ['trusted-keys.json'] });
  expect(added.gateway).toEqual({
    environment: { ...signing, ...trusted },
    secrets: ['signing-key.json', 'trusted-keys.json'],
  });
  for (const [name, { file }] of Object.entries(secrets)) expect(file).toBe(`./deploy/secrets/${name}`);
});

test('worker and gateway have one store', () => {
  const stores = ['worker', 'gateway'].map((name) =>
    composeFile.services[name]?.secrets?.find((one) => targetOf(one) === 'COUNTERSIGN_DATABASE_URL'),
  );
  expect(stores[0]).toMatchObject({ source: 'database-url' });
  expect(stores[1]).toEqual(stores[0]);
});

function needs(name: string): string[] {
  return Object.keys(composeFile.services[name]?.depends_on ?? {});
}

function targetOf(secret: string | { source: string; target?: string }): string {
  return typeof secret === 'string' ? secret : (secret.target ?? secret.source);
}
