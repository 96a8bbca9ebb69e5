import { z } from 'zod';

import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { createReader, environment, nonEmpty, type Environment } from './variables.ts';

const by = ['the command line'];

const read = createReader({
  COUNTERSIGN_TENANT: [
    z.string().refine(isTenant).default('dev'),
    `a tenant: ${ID_RULES.tenant}`,
    { by, does: 'whose turns and approvals' },
  ],
  COUNTERSIGN_AS: [
    nonEmpty.optional(),
    'the id of the person who decides from this terminal',
    { by, does: 'who decides', unset: 'your user name' },
  ],
  COUNTERSIGN_GROUPS: [
    z
      .string()
      .transform((list) => list.split(',').map((entry) => entry.trim()))
      .refine((groups) => groups.every((group) => group !== ''))
      .optional(),
    'the groups of that person, separated by commas, such as "finance, support"',
    { by, does: 'groups of that person', unset: 'none' },
  ],
  COUNTERSIGN_PROFILE: [
    nonEmpty.optional(),
    'the name of a profile in the profile file',
    {
      by,
      does: 'which [profile](scripting.md#defaults-and-profiles) gives defaults',
      unset: "the file's own default",
    },
  ],
  XDG_CONFIG_HOME: [
    z.string().optional(),
    'the folder of settings, such as /home/grace/.config',
    { by, does: 'the folder that holds `countersign/profiles.json`', unset: '`~/.config`' },
  ],
});

/** What the command line takes where its options say nothing. */
export function commandLineConfig(from: Environment = environment) {
  return {
    tenant: read(from, 'COUNTERSIGN_TENANT'),
    as: read(from, 'COUNTERSIGN_AS'),
    groups: read(from, 'COUNTERSIGN_GROUPS'),
  };
}

/** Which profile gives defaults, and where settings of this person are; that folder counts only if its path is absolute. */
export function profileConfig(from: Environment = environment) {
  return { name: read(from, 'COUNTERSIGN_PROFILE'), configFolder: read(from, 'XDG_CONFIG_HOME') };
}
