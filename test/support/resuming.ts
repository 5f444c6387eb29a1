// RESUME as tests try it: refused, or accepted with what it brings.
import { expect } from 'bun:test';
import { Ears } from './ears.ts';
import type { Person } from './person.ts';

/** Where a session stood: what a client keeps of it. */
export interface Stand {
  session_id: string;
  seq: number;
}

/** Breaks the connection; answers what is needed to come back. */
export async function dropped(ears: Ears): Promise<Stand> {
  ears.drop();
  await ears.closes();
  return standOf(ears);
}

export function standOf(ears: Ears): Stand {
  return { session_id: ears.ready['session_id'], seq: ears.seq };
}

/** Sends RESUME and expects INVALID_SESSION; answers the close code. */
export async function refusal(person: Person, { session_id, seq }: Stand): Promise<number> {
  const ears = await Ears.open(person.server.gateway);
  ears.send(3, { token: person.authorization, session_id, seq });
  const frame = await ears.frame(({ op }) => op !== 5, 'an answer');
  expect(frame).toEqual({ op: 7, data: { resumable: false } });
  return ears.closes();
}
