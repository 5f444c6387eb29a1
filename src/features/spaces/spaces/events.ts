// The events of spaces.
import { z } from 'zod';
import { event, signal } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { Space } from './schema.ts';

export const spaceCreated = event('space.create', {
  summary: 'A space that one made or joined',
  intent: 'spaces',
  audience: 'users',
  data: Space,
});

export const spaceUpdated = event('space.update', {
  summary: 'A space has changed',
  intent: 'spaces',
  audience: 'space',
  data: Space,
  moves: ({ id }) => ({ space_id: id }),
});

/** The same where nothing changed that access checks read: nobody's access is looked at again. */
export const spaceRestyled = event('space.update', {
  summary: 'A space looks different: its name, description, pictures, or what clients make of it',
  intent: 'spaces',
  audience: 'space',
  data: Space,
});

/** Told to all members of a deleted space. */
export const spaceDeleted = event('space.delete', {
  summary: 'A space is gone',
  intent: 'spaces',
  audience: 'space',
  data: z.object({ id: Id }),
  moves: ({ id }) => ({ space_id: id }),
});

/** Told to an account that left or was removed: clients drop a space only on this event. */
export const spaceLost = event('space.delete', {
  summary: 'A space that one is no member of any more',
  intent: 'spaces',
  audience: 'users',
  data: z.object({ id: Id }),
});

/** A space was made; other features add its first roles, channel and member. */
export const spaceFounded = signal('space.founded', z.object({ space_id: Id, owner_id: Id }), {
  moves: ({ space_id }) => ({ space_id }),
});
