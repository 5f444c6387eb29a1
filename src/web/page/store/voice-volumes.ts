// How loud this device plays each person, as whoever is signed in has chosen.
import { effect, signal } from '@preact/signals';
import { keep, readKept } from './kept.ts';
import { onHeard, state } from './live.ts';
import { token } from './session.ts';

export interface Volume {
  /** From 0 to 200. */
  readonly percent: number;
  /** Whether somebody is not to be heard here, whatever the percentage. */
  readonly isMuted: boolean;
}

export const maxPercent = 200;
const usual: Volume = { percent: 100, isMuted: false };
/** So many people are kept, those that were chosen last. */
const maxKept = 500;

function isVolume(value: unknown): value is Volume {
  const { percent, isMuted } = (value ?? {}) as Partial<Volume>;
  return (
    typeof percent === 'number' && percent >= 0 && percent <= maxPercent && isMuted !== undefined
  );
}

/** What was kept; what cannot be read is nothing. */
function read(): ReadonlyMap<string, Volume> {
  try {
    const pairs = JSON.parse(readKept('volumes') ?? '[]') as [string, unknown][];
    return new Map(pairs.filter((pair): pair is [string, Volume] => isVolume(pair[1])));
  } catch {
    return new Map();
  }
}

/** By account; those that are missing are as loud as they come. */
export const volumes = signal<ReadonlyMap<string, Volume>>(new Map());

export const volumeOf = (user_id: string): Volume => volumes.value.get(user_id) ?? usual;

export function setVolume(user_id: string, change: Partial<Volume>): void {
  const now = { ...volumeOf(user_id), ...change };
  const others = [...volumes.peek()].filter(([id]) => id !== user_id);
  const isUsual = now.percent === usual.percent && !now.isMuted;
  const all = isUsual ? others : [...others, [user_id, now] as const];
  volumes.value = new Map(all.slice(-maxKept));
  keep('volumes', all.length === 0 ? null : JSON.stringify([...volumes.peek()]));
}

// Another window has chosen, or READY has said who is signed in: of somebody else nothing is kept any more.
addEventListener('storage', () => (volumes.value = read()));
onHeard((event) => {
  if (event.type === 'ready') volumes.value = read();
});
effect(() => {
  if (token.value === null) volumes.value = new Map();
});
// The first READY may have come before this was loaded.
if (state.peek() !== null) volumes.value = read();
