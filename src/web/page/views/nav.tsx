// The rail of spaces, beside it the channels of the one that is open or the conversations, and oneself.
import type { ComponentChildren } from 'preact';
import type { Space } from '../../../client/wire.ts';
import { linkTo } from '../store/address.ts';
import { seen } from '../store/live.ts';
import { nameOf } from '../store/names.ts';
import { statusOf } from '../store/presence.ts';
import { waitingIn, type Waiting } from '../store/reading.ts';
import { say } from '../words/say.ts';
import { Face, Mark } from './face.tsx';
import { Icon, IconButton } from './icon.tsx';
import { ChannelList, ConversationList } from './nav-lists.tsx';
import { opened, placeOf } from './people/opened.ts';
import { currentSpace, entranceOf, idsIn, isAtHome, waitingAtHome } from './places.ts';
import { mentionWord, statusWord } from './status.tsx';

export function Nav() {
  const here = currentSpace();
  return (
    <nav class="nav" aria-label={say('channels')}>
      <ul class="spaces" aria-label={say('spaces')}>
        <RailLink
          name={say('home')}
          to={linkTo.view('home')}
          isHere={isAtHome()}
          {...waitingAtHome()}
        >
          <span class="face">
            <Icon of="people" />
          </span>
        </RailLink>
        {[...(seen('spaces')?.spaces.values() ?? [])].map((one) => (
          <SpaceLink key={one.id} space={one} isHere={one.id === here?.id} />
        ))}
        <li>
          <a
            class="add"
            href={linkTo.view('discover')}
            aria-label={say('discover')}
            title={say('discover')}
          >
            <Icon of="plus" />
          </a>
        </li>
      </ul>
      <div class="channels">
        {isAtHome() || here === null ? <HomeSide /> : <SpaceSide space={here} />}
        <Me />
      </div>
    </nav>
  );
}

function SpaceSide({ space: { id, name } }: { space: Space }) {
  return (
    <>
      <div class="title">
        <h2>{name}</h2>
        <IconButton
          of="more"
          label={say('more_about', { name })}
          aria-haspopup="dialog"
          onClick={(event) => (opened.value = { of: 'space', id, at: placeOf(event) })}
        />
      </div>
      <ChannelList space_id={id} />
    </>
  );
}

function HomeSide() {
  return (
    <>
      <div class="title">
        <h2>{say('conversations')}</h2>
        <IconButton
          of="plus"
          label={say('new_conversation')}
          aria-haspopup="dialog"
          onClick={() => (opened.value = { of: 'talk', group_id: null })}
        />
      </div>
      <ConversationList />
    </>
  );
}

interface InRail extends Waiting {
  name: string;
  to: string;
  isHere: boolean;
  children: ComponentChildren;
}

function RailLink({ name, to, isHere, isUnread, mentions, children }: InRail) {
  const said = [name, isUnread && say('unread'), mentions > 0 && mentionWord(mentions)];
  return (
    <li class={isUnread ? 'unread' : ''}>
      <a
        href={to}
        aria-current={isHere ? 'true' : undefined}
        aria-label={said.filter(Boolean).join(', ')}
        title={name}
      >
        {children}
      </a>
      {mentions > 0 && (
        <span class="badge" aria-hidden="true">
          {mentions}
        </span>
      )}
    </li>
  );
}

function SpaceLink({ space: { id, name, icon }, isHere }: { space: Space; isHere: boolean }) {
  const waiting = waitingIn(idsIn(id));
  return (
    <RailLink name={name} to={entranceOf(id) ?? '#/'} isHere={isHere} {...waiting}>
      <Mark id={id} name={name} picture={icon} />
    </RailLink>
  );
}

/** Oneself, with the status that others see; it opens a menu. */
function Me() {
  const own = seen('user')?.user?.id ?? '';
  const status = statusOf(own);
  const word = status === 'offline' ? say('status_invisible') : statusWord(status);
  return (
    <footer class="me">
      <button
        type="button"
        class="person"
        aria-haspopup="dialog"
        onClick={(event) => (opened.value = { of: 'me', at: placeOf(event) })}
      >
        <Face id={own} />
        <span class="name">
          {nameOf(own)}
          <span class="quiet">
            <span class={`status ${status}`} aria-hidden="true" /> {word}
          </span>
        </span>
      </button>
      <a class="drawn" href={linkTo.view('settings')} title={say('to_settings')}>
        <Icon of="settings" />
        <span class="hidden">{say('to_settings')}</span>
      </a>
    </footer>
  );
}
