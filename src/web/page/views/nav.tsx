// The spaces, the channels of the one that is open, and oneself.
import { byAge } from '../../../client/shelves.ts';
import type { Channel, Space } from '../../../client/wire.ts';
import { channel_id, linkTo } from '../store/address.ts';
import { seen } from '../store/live.ts';
import { nameOf } from '../store/names.ts';
import { isUnread, mentionsIn } from '../store/reading.ts';
import { leave } from '../store/session.ts';
import { say } from '../words/say.ts';
import { Face, Mark } from './face.tsx';
import { Icon, type Drawing } from './icon.tsx';

const byPosition = (a: Channel, b: Channel) => a.position - b.position || byAge(a.id, b.id);

/** Channels in which one reads; a category holds others, a voice channel is entered. */
export const readable = ({ type }: Channel) => type !== 'category' && type !== 'voice';

/** The channels of a space as they stand in its list: those without a category first. */
export function channelsIn(space_id: string): Channel[] {
  const all = [...(seen('channels')?.channels.values() ?? [])].filter(
    (one) => one.space_id === space_id,
  );
  const inside = (id: string | null) =>
    all
      .filter(({ type, parent_id }) => type !== 'category' && parent_id === id)
      .toSorted(byPosition);
  const categories = all.filter(({ type }) => type === 'category').toSorted(byPosition);
  return [...inside(null), ...categories.flatMap((one) => [one, ...inside(one.id)])];
}

/** The space of the channel that is open, else the first one. */
export function currentSpace(): Space | null {
  const state = seen('spaces', 'channels');
  const channel = state?.channel(channel_id.value ?? '');
  return state?.spaces.get(channel?.space_id ?? '') ?? state?.spaces.values().next().value ?? null;
}

export function Nav() {
  const here = currentSpace();
  const own = seen('user')?.user?.id ?? '';
  return (
    <nav class="nav" aria-label={say('channels')}>
      <ul class="spaces" aria-label={say('spaces')}>
        {[...(seen('spaces')?.spaces.values() ?? [])].map((one) => (
          <SpaceLink key={one.id} space={one} isHere={one.id === here?.id} />
        ))}
      </ul>
      <div class="channels">
        <h2>{here?.name}</h2>
        <ul>
          {channelsIn(here?.id ?? '').map((one) => (
            <ChannelItem key={one.id} channel={one} />
          ))}
        </ul>
        <footer class="me">
          <Face id={own} />
          <span class="name">{nameOf(own)}</span>
          <button type="button" class="link" onClick={() => void leave()}>
            {say('log_out')}
          </button>
        </footer>
      </div>
    </nav>
  );
}

function SpaceLink({ space: { id, name, icon }, isHere }: { space: Space; isHere: boolean }) {
  const inside = channelsIn(id).filter(readable);
  const unread = inside.some((one) => isUnread(one.id));
  const mentions = inside.reduce((sum, one) => sum + mentionsIn(one.id), 0);
  const said = [
    name,
    unread && say('unread'),
    mentions > 0 && say('mentions', { count: mentions }),
  ];
  return (
    <li class={unread ? 'unread' : ''}>
      <a
        href={inside[0] === undefined ? '#/' : linkTo.channel(inside[0].id)}
        aria-current={isHere ? 'true' : undefined}
        aria-label={said.filter(Boolean).join(', ')}
        title={name}
      >
        <Mark id={id} name={name} picture={icon} />
      </a>
      {mentions > 0 && (
        <span class="badge" aria-hidden="true">
          {mentions}
        </span>
      )}
    </li>
  );
}

const drawings: Readonly<Partial<Record<Channel['type'], Drawing>>> = {
  voice: 'voice',
  forum: 'forum',
  announcement: 'bell',
};

function ChannelItem({ channel: { id, type, name } }: { channel: Channel }) {
  if (type === 'category') return <li class="category">{name}</li>;
  const isHere = id === channel_id.value;
  const unread = !isHere && isUnread(id);
  const mentions = mentionsIn(id);
  const drawing = drawings[type];
  return (
    <li>
      <a
        href={linkTo.channel(id)}
        class={unread ? 'unread' : ''}
        aria-current={isHere ? 'page' : undefined}
      >
        <span class="sign" aria-hidden="true">
          {drawing === undefined ? '#' : <Icon of={drawing} />}
        </span>
        <span class="name">{name}</span>
        {mentions > 0 && !isHere ? (
          <span class="badge" role="img" aria-label={say('mentions', { count: mentions })}>
            {mentions}
          </span>
        ) : (
          unread && <span class="dot" role="img" aria-label={say('unread')} />
        )}
      </a>
    </li>
  );
}
