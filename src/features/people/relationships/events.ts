// The events of friends and blocks.
import { z } from 'zod';
import { signal } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';

/** A block between two people came or went. */
export const blocksChanged = signal(
  'relationship.blocks',
  z.object({ user_id: Id, target_id: Id }),
  { at_once: true },
);
