// The REST surface of reactions.
import { z } from 'zod';
import { channel, ownInChannel } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { knownMessage } from '../messages/actions.ts';
import { publicUser } from '../../people/users/view.ts';
import { Nothing } from '../../shapes.ts';
import { clearReactions, react, unreact } from './actions.ts';
import { emojiInPath } from './emoji.ts';
import { reactorPage, spellingOn } from './queries.ts';
import { Reactor, ReactorsQuery } from './schema.ts';

const reactingHint =
  'One emoji of Unicode, a name of 1 to 64 letters a to z, digits, `_`, `+` and `-`, or `name:id` of an emoji of the space, for which `name:` stands as well. ' +
  'With and without the variation selector it is the same emoji, and `name:id` goes by its id: what came first on the message is shown and told, a custom emoji by the name that it had then.';

export const addReaction = endpoint({
  method: 'PUT',
  path: '/channels/:channel_id/messages/:message_id/reactions/:emoji/@me',
  summary: 'React to a message',
  hint: reactingHint,
  access: channel('add_reactions'),
  returns: Nothing,
  errors: ['invalid_request', 'not_found'],
  repeatable: true,
  run: ({ turn, request, params, ...by }) =>
    react(turn, by, params.message_id, emojiInPath(request.url)),
});

export const removeOwnReaction = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id/messages/:message_id/reactions/:emoji/@me',
  summary: 'Take one’s own reaction back',
  access: ownInChannel,
  returns: Nothing,
  repeatable: true,
  run: ({ turn, request, params, ...by }) =>
    unreact(turn, by, params.message_id, emojiInPath(request.url), by.actor.id),
});

export const removeReaction = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id/messages/:message_id/reactions/:emoji/:user_id',
  summary: 'Take somebody’s reaction away',
  access: channel('manage_messages'),
  returns: Nothing,
  run: ({ turn, request, params, ...by }) =>
    unreact(turn, by, params.message_id, emojiInPath(request.url), params.user_id),
});

export const listReactors = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/messages/:message_id/reactions/:emoji',
  summary: 'List who reacted with an emoji, by user id',
  access: channel('view_channel'),
  query: ReactorsQuery,
  returns: z.array(Reactor),
  form: 'page',
  run({ app, request, params, channel: found, query }) {
    const { id: message_id } = knownMessage({ tx: app.db }, found, params.message_id);
    const wish = emojiInPath(request.url);
    const where = { space_id: found.space_id, message_id };
    const emoji = spellingOn(app.db, where, wish) ?? wish;
    const which = { message_id, emoji };
    const { people, more } = reactorPage(app.db, which, query);
    const last = people.at(-1);
    const isForward = query.after !== undefined || query.before === undefined;
    return {
      items: people.map(({ user_id, user }) => (query.with_user ? publicUser(user) : user_id)),
      cursor: isForward && more && last ? { after: last.user_id, has_more: true } : null,
    };
  },
});

export const clearEmoji = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id/messages/:message_id/reactions/:emoji',
  summary: 'Take everyone’s reactions with an emoji away',
  access: channel('manage_messages'),
  returns: Nothing,
  run: ({ turn, request, params, ...by }) =>
    clearReactions(turn, by, params.message_id, emojiInPath(request.url)),
});

export const clearAllReactions = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id/messages/:message_id/reactions',
  summary: 'Take all reactions of a message away',
  access: channel('manage_messages'),
  returns: Nothing,
  run: ({ turn, params, ...by }) => clearReactions(turn, by, params.message_id, null),
});
