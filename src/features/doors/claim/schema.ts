// The wire shapes of claiming a server.
import { z } from 'zod';
import { bounded } from '../../shapes.ts';

export const SetupCode = bounded(64).meta({
  description: 'the code that the server has printed at its start',
  examples: ['kF3w9QzT7bX2mR8d'],
});

export const InstanceClaim = z.object({ code: SetupCode }).meta({ id: 'InstanceClaim' });
