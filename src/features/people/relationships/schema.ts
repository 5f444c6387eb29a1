// The wire shape of a friend or block, with only the fields that clients read.
import { z } from 'zod';
import { Id } from '../../shapes.ts';

export const Relationship = z.object({ id: Id, type: z.number().int() });
