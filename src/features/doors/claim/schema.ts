// The wire shapes of claiming a server.
import { z } from 'zod';
import { bounded } from '../../shapes.ts';

export const SetupCode = bounded(64).describe('the code that the server has printed at its start');

export const InstanceClaim = z.object({ code: SetupCode }).meta({ id: 'InstanceClaim' });
