import { OPENAI_REFUSALS, OTHER_REFUSALS, type Refusals } from './http/errors.ts';
import type { IdStyle } from './ids.ts';
import { SimulatorError } from './simulator-error.ts';

/** Everything in which the played server may be another than OpenAI's. The parts of the simulator ask here and nowhere else. */
export interface Behaviour {
  /** Whether an active run keeps other runs and messages off its thread. */
  activeRunLock: boolean;
  /** Whether a run that waits for outputs may be cancelled. */
  cancelWaiting: boolean;
  /** Cancelling an active run goes through `cancelling`, or straight to `cancelled`. */
  cancelActive: 'in_steps' | 'at_once';
  /** Cancelling a run that is over is refused, is answered with the run, or turns it into a cancelled one. */
  cancelEnded: 'refused' | 'answered' | 'cancels';
  /** What `expires_at` says; the run's time is over when it is over all the same. */
  expiresAt: 'true' | 'null' | 'zero' | 'past';
  /** When a run whose time is over becomes `expired`: at that time, once it is retrieved, or never. */
  expiry: 'in_time' | 'when_read' | 'never';
  /** Whether `requires_action` gives the run its whole time again. */
  ttlRestarts: boolean;
  /** The status in which the model thinks. Writing a reply is `in_progress` everywhere. */
  thinkingStatus: string;
  /** A submit to a run that does not wait for one is refused, changes nothing, or lets a completed run begin anew. */
  lateSubmit: 'refused' | 'ignored' | 'reopens';
  /** Whether lists heed `limit`, `order`, `after`, `before` and `run_id`; else they give all, oldest first. */
  listFilters: boolean;
  /** Whether a run takes the `additional_messages` it is created with. A server that drops them refuses no empty thread either. */
  additionalMessages: 'taken' | 'dropped';
  /** Of the answer to what creates an object. */
  createdStatus: 200 | 201;
  ids: IdStyle;
  refusals: Refusals;
  /** How far the server's clock is off, until `POST /_simulator/clock` says something else. */
  clockSkewMs: number;
}

const OPENAI: Behaviour = {
  activeRunLock: true,
  cancelWaiting: true,
  cancelActive: 'in_steps',
  cancelEnded: 'refused',
  expiresAt: 'true',
  expiry: 'in_time',
  ttlRestarts: false,
  thinkingStatus: 'in_progress',
  lateSubmit: 'refused',
  listFilters: true,
  additionalMessages: 'taken',
  createdStatus: 200,
  ids: 'prefixed',
  refusals: OPENAI_REFUSALS,
  clockSkewMs: 0,
};

/** One way in which other implementations of the protocol differ. */
interface Profile {
  says: string;
  differs: Partial<Behaviour>;
}

/** The deviations that can be played, alone or together: those of docs/protocol.md, "Other servers". */
export const PROFILES = {
  'no-active-run-lock': {
    says: 'A thread accepts a second run, and messages, while a run is active.',
    differs: { activeRunLock: false },
  },
  'cancel-refused-while-waiting': {
    says: 'A run in requires_action cannot be cancelled: 400.',
    differs: { cancelWaiting: false },
  },
  'cancel-at-once': {
    says: 'A cancel goes straight to cancelled, from requires_action and also from completed.',
    differs: { cancelActive: 'at_once', cancelEnded: 'cancels' },
  },
  'cancel-answers-ended': {
    says: 'Cancelling a run that is over answers 200, with the run unchanged.',
    differs: { cancelEnded: 'answered' },
  },
  'expires-at-null': {
    says: 'expires_at is null from the start; the run still expires.',
    differs: { expiresAt: 'null' },
  },
  'expires-at-zero': {
    says: 'expires_at is 0 from the start; the run still expires.',
    differs: { expiresAt: 'zero' },
  },
  'expires-at-past': {
    says: 'expires_at is before created_at; the run still lives.',
    differs: { expiresAt: 'past' },
  },
  'expiry-never': {
    says: 'No run ever expires, whatever expires_at says.',
    differs: { expiry: 'never' },
  },
  'expiry-when-read': {
    says: 'A run expires only when it is retrieved. Until then it accepts outputs and locks its thread.',
    differs: { expiry: 'when_read' },
  },
  'ttl-restarts': {
    says: "Each requires_action restarts the run's lifetime.",
    differs: { ttlRestarts: true },
  },
  'status-generating': {
    says: 'While the model thinks, the run is "generating", a status OpenAI does not have.',
    differs: { thinkingStatus: 'generating' },
  },
  'submit-ignored': {
    says: 'A submit in any status answers 200. Only the one that the run waits for has an effect.',
    differs: { lateSubmit: 'ignored' },
  },
  'submit-reopens': {
    says: 'A submit in any status answers 200, and restarts a completed run.',
    differs: { lateSubmit: 'reopens' },
  },
  'filters-ignored': {
    says: 'Lists ignore limit, order, after, before and run_id, and return everything, oldest first.',
    differs: { listFilters: false },
  },
  'drops-additional-messages': {
    says: 'A run is created without its additional_messages, silently, even on an empty thread.',
    differs: { additionalMessages: 'dropped' },
  },
  'created-201': {
    says: 'A request that creates an object answers 201.',
    differs: { createdStatus: 201 },
  },
  'uuid-ids': {
    says: 'Ids are UUIDs, without a prefix for their kind.',
    differs: { ids: 'uuid' },
  },
  'other-error-texts': {
    says: 'Errors have other texts, and a 404 has the code not_found.',
    differs: { refusals: OTHER_REFUSALS },
  },
  'clock-ahead': {
    says: 'The clock is 90 seconds ahead.',
    differs: { clockSkewMs: 90_000 },
  },
  'clock-behind': {
    says: 'The clock is 90 seconds behind.',
    differs: { clockSkewMs: -90_000 },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

export const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[];

/** A profile that does not exist, or two that cannot be played together. The message says which there are. */
export class ProfileError extends SimulatorError {
  override readonly name = 'ProfileError';
}

/**
 * The behaviour of a server with these deviations; OpenAI's own without any.
 *
 * @param profile - names of {@link PROFILES}, in one text with commas or as a list.
 * @throws ProfileError naming every unknown name and the known ones, or two names that contradict each other.
 */
export function toBehaviour(profile: string | readonly string[] = []): Behaviour {
  const names = (typeof profile === 'string' ? profile.split(',') : profile).map((name) => name.trim());
  const unknown = names.filter((name) => !isProfileName(name));
  if (unknown.length > 0) {
    const quoted = unknown.map((name) => `"${name}"`).join(', ');
    throw new ProfileError(`There is no profile ${quoted}. There are: ${PROFILE_NAMES.join(', ')}.`);
  }
  const chosen = [...new Set(names.filter(isProfileName))];
  refuseContradictions(chosen);
  return Object.assign({ ...OPENAI }, ...chosen.map((name) => PROFILES[name].differs)) as Behaviour;
}

function refuseContradictions(chosen: readonly ProfileName[]): void {
  const setBy = new Map<string, { name: ProfileName; value: unknown }>();
  for (const name of chosen) {
    for (const [field, value] of Object.entries<unknown>(PROFILES[name].differs)) {
      const other = setBy.get(field);
      if (other !== undefined && other.value !== value) {
        throw new ProfileError(
          `The profiles ${other.name} and ${name} contradict each other. Choose one of them.`,
        );
      }
      setBy.set(field, { name, value });
    }
  }
}

function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name);
}
