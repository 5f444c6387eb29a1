// The wire shapes of the public keys with which clients encrypt.
import { z } from 'zod';
import { bounded, Id } from '../../shapes.ts';

const keyLength = 44;

/** 32 bytes in padded base64; the last digit stands for four bits, so two of its bits are none. */
const GivenKey = bounded(keyLength)
  .regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, 'is not 32 bytes in padded base64')
  .meta({ minLength: keyLength, maxLength: keyLength, description: '32 bytes in padded base64' });

export const Identity = z
  .object({
    exchange_key: GivenKey.describe('X25519: 32 bytes in padded base64'),
    signing_key: GivenKey.describe('Ed25519: 32 bytes in padded base64'),
  })
  .meta({ id: 'EncryptionIdentity' });
export type Identity = z.output<typeof Identity>;

const Participant = z
  .object({
    user_id: Id,
    wire_user_id: Id.describe('the same: there is no federation'),
    current: z.boolean().describe('false for those who took part before'),
    identity: z
      .object({ exchange_key: z.string(), signing_key: z.string() })
      .nullable()
      .describe('null: no keys are registered'),
  })
  .meta({ id: 'EncryptionParticipant' });

export const Directory = z
  .object({
    channel_id: Id,
    self_user_id: Id,
    participants: z
      .array(Participant)
      .describe('those who take part, and up to 200 of those who left, the last ones first'),
  })
  .meta({ id: 'EncryptionDirectory' });
