// The events of friends, requests and blocks; each side hears of its own.
import { z } from 'zod';
import { event, signal } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { Relationship } from './schema.ts';

export const relationshipAdded = event('relationship.add', {
  summary: 'A request came or was made, or one has blocked somebody',
  intent: null,
  audience: 'users',
  data: Relationship,
});

export const relationshipUpdated = event('relationship.update', {
  summary: 'Somebody has become a friend',
  intent: null,
  audience: 'users',
  data: Relationship,
});

export const relationshipRemoved = event('relationship.remove', {
  summary: 'A friend, a request or a block is gone',
  intent: null,
  audience: 'users',
  data: z.object({ user_id: Id }),
});

/** One of two people has blocked the other, or does so no more; the rows are changed already. */
export const blocksChanged = signal(
  'relationship.blocks',
  z.object({ user_id: z.string(), target_id: z.string() }),
  { at_once: true },
);
