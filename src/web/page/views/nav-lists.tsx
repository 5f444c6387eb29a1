// The lists beside the rail: the channels of a space, and the conversations.
import type { ComponentChildren } from 'preact';
import type { Channel } from '../../../client/wire.ts';
import { channel_id, linkTo, place } from '../store/address.ts';
import { seen } from '../store/live.ts';
import { channelName } from '../store/names.ts';
import { statusOf } from '../store/presence.ts';
import { isUnread, mentionsIn, threadsIn } from '../store/reading.ts';
import { say } from '../words/say.ts';
import { ChannelSign } from './channel-sign.tsx';
import { Mark } from './face.tsx';
import { Icon, IconButton } from './icon.tsx';
import { later } from './later.tsx';
import { opened, placeOf } from './people/opened.ts';
import { channelsIn, conversations, requests } from './places.ts';
import { statusWord, WaitingMark } from './status.tsx';
import { Insiders } from './voice/mounts.tsx';

const ThreadNews = later(
  async () => (await import('./talk/thread-news.tsx')).ThreadNews,
  'quietly',
);

export function ChannelList({ space_id }: { space_id: string }) {
  return (
    <ul>
      {channelsIn(space_id).map((one) => (
        <ChannelItem key={one.id} channel={one} />
      ))}
    </ul>
  );
}

function ChannelItem({ channel }: { channel: Channel }) {
  const { id, type, name } = channel;
  if (type === 'category') {
    const isMuted = seen('mutes')?.mutes.has(id) ?? false;
    return (
      <li class={`category place ${isMuted ? 'muted' : ''}`}>
        <span class="name">{name}</span>
        {isMuted && <MutedMark />}
        <MoreButton channel={channel} />
      </li>
    );
  }
  return (
    <Row channel={channel} below={<Insiders channel={channel} />}>
      <ChannelSign type={type} />
    </Row>
  );
}

export function ConversationList() {
  const all = conversations();
  const asked = requests();
  return (
    <ul>
      <li>
        <a
          href={linkTo.view('home')}
          aria-current={place.value.view === 'home' ? 'page' : undefined}
        >
          <span class="sign" aria-hidden="true">
            <Icon of="people" />
          </span>
          <span class="name">{say('friends')}</span>
          {asked > 0 && (
            <span class="badge" role="img" aria-label={say('requests_in', { count: asked })}>
              {asked}
            </span>
          )}
        </a>
      </li>
      {all.map((one) => (
        <ConversationItem key={one.id} channel={one} />
      ))}
      {all.length === 0 && <li class="quiet none">{say('no_conversations')}</li>}
    </ul>
  );
}

function ConversationItem({ channel }: { channel: Channel }) {
  const { id, type, recipients = [] } = channel;
  const [partner] = recipients;
  const isPair = type === 'dm' && partner !== undefined;
  const name = channelName(channel);
  return (
    <Row channel={channel} said={isPair ? statusWord(statusOf(partner.id)) : ''}>
      {isPair ? (
        <span class="with">
          <Mark id={partner.id} name={name} picture={partner.avatar} />
          <span class={`status ${statusOf(partner.id)}`} aria-hidden="true" />
        </span>
      ) : (
        <span class="with">
          <Mark id={id} name={name} picture={null} />
        </span>
      )}
    </Row>
  );
}

interface InList {
  channel: Channel;
  /** What stands in the drawing before the name, for who hears the page. */
  said?: string;
  /** What stands below the name. */
  below?: ComponentChildren;
  children: ComponentChildren;
}

/** A channel's link, what waits there, and the button of its menu. */
function Row({ channel, said = '', below, children }: InList) {
  const { id } = channel;
  const isHere = id === channel_id.value;
  const isMuted = seen('mutes')?.mutes.has(id) ?? false;
  const unread = !isHere && isUnread(id);
  return (
    <li
      class={`place ${isMuted ? 'muted' : ''}`}
      onContextMenu={(event) => {
        event.preventDefault();
        opened.value = { of: 'channel', id, at: placeOf(event) };
      }}
    >
      <a
        href={linkTo.channel(id)}
        class={unread ? 'unread' : ''}
        aria-current={isHere ? 'page' : undefined}
      >
        {children}
        <span class="name">{channelName(channel)}</span>
        {said !== '' && <span class="hidden">{said}</span>}
        {isMuted && <MutedMark />}
        {!isHere && <WaitingMark mentions={mentionsIn(id)} isUnread={unread} />}
      </a>
      <MoreButton channel={channel} />
      {threadsIn(id).length > 0 && <ThreadNews channel={channel} />}
      {below}
    </li>
  );
}

const MutedMark = () => (
  <span class="mute" role="img" aria-label={say('muted')}>
    <Icon of="silent" />
  </span>
);

function MoreButton({ channel }: { channel: Channel }) {
  return (
    <IconButton
      of="more"
      class="drawn more"
      label={say('more_about', { name: channelName(channel) })}
      aria-haspopup="dialog"
      onClick={(event) => (opened.value = { of: 'channel', id: channel.id, at: placeOf(event) })}
    />
  );
}
