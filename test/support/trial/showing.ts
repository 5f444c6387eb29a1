// What people show of themselves: each session's choice, and what all of them together look like to others.

export interface Choice {
  status: string;
  /** In which order it was chosen; 0 for what a session was given because it was shown before. */
  at: number;
}

/** Somebody's sessions and what each of them shows. */
export interface Showing {
  choices: Map<string, Choice>;
  /** The status to come back with. */
  stored: string;
}

/** Invisible by choice wins, else what was chosen last, else what came last. */
function newest(choices: Choice[]): Choice | undefined {
  const last = Math.max(...choices.map(({ at }) => at));
  const hidden = choices.find(({ status, at }) => status === 'invisible' && at > 0);
  return hidden ?? choices.findLast(({ at }) => at === last);
}

/** What a session shows that does not say what it wants to show. */
export function opening({ choices, stored }: Showing): string {
  const choice = newest([...choices.values()]);
  return choice && choice.at > 0 ? choice.status : stored;
}

/** Notes that a session chose a status. */
export function choose(one: Showing, session_id: string, status: string): void {
  const last = Math.max(0, ...[...one.choices.values()].map(({ at }) => at));
  // Set anew, since what was chosen last comes last.
  one.choices.delete(session_id);
  one.choices.set(session_id, { status, at: last + 1 });
  one.stored = status;
}

/** What others see of somebody. */
export function shown({ choices }: Showing): string {
  const status = newest([...choices.values()])?.status ?? 'offline';
  return status === 'invisible' ? 'offline' : status;
}
