/** Something a person can put right: an option, a scenario, a profile, a state file, a port. The message says how. */
export class SimulatorError extends Error {
  override readonly name: string = 'SimulatorError';
}
