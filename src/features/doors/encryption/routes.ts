// The REST surface of the public keys with which clients encrypt.
import { conversation } from '../../../access/conversation-rules.ts';
import { account, instanceAdmin } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Nothing } from '../../shapes.ts';
import { provePassword, refuseOutdated } from '../auth/proof.ts';
import { PasswordProof } from '../auth/schema.ts';
import { clearKeys, clearKeysBy, directoryOf, registerKeys } from './actions.ts';
import { Directory, Identity } from './schema.ts';

export const registerKeysRoute = endpoint({
  name: 'registerEncryptionKeys',
  method: 'PUT',
  path: '/users/@me/encryption',
  summary: 'Register the public keys with which others encrypt for one, once',
  hint: 'The same keys again are fine; 409 for others. `DELETE` clears them.',
  access: account,
  body: Identity,
  returns: Identity,
  errors: ['already_exists'],
  run: ({ turn, actor, body }) => registerKeys(turn, actor.id, body),
});

export const clearOwnKeys = endpoint({
  name: 'clearOwnEncryptionKeys',
  method: 'DELETE',
  path: '/users/@me/encryption',
  summary: 'Clear one’s own public keys, of a device that is lost, to register others',
  access: account,
  body: PasswordProof,
  returns: Nothing,
  prepare: ({ app, viewer, body, request }) =>
    provePassword(app, viewer, {
      what: 'key removal',
      password: body.password,
      address: request.address(),
    }),
  run({ turn, actor, prepared }) {
    refuseOutdated(turn, actor.id, prepared);
    clearKeys(turn, actor.id);
  },
});

export const clearKeysOf = endpoint({
  name: 'clearEncryptionKeys',
  method: 'DELETE',
  path: '/admin/users/:user_id/encryption',
  summary: 'Clear the public keys of an account whose device is lost',
  access: instanceAdmin,
  returns: Nothing,
  run: ({ turn, actor, params }) => clearKeysBy(turn, actor, params.user_id),
});

export const readDirectory = endpoint({
  name: 'readEncryptionDirectory',
  method: 'GET',
  path: '/channels/:channel_id/encryption',
  summary: 'Read the public keys of the people of a conversation',
  access: conversation('participant'),
  returns: Directory,
  run: ({ app, actor, channel }) => directoryOf(app.db, channel, actor.id),
});
