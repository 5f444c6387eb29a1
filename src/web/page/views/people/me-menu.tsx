// Oneself: the status that others see, what makes noise here, the settings, and logging out.
import { linkTo } from '../../store/address.ts';
import { line, seen, state } from '../../store/live.ts';
import { nameOf } from '../../store/names.ts';
import {
  isSafeLine,
  permission,
  setNotices,
  setSounds,
  wantsNotices,
  wantsSounds,
} from '../../store/notices.ts';
import { showStatus, statuses, statusOf, type Status } from '../../store/presence.ts';
import { signOut } from '../../store/leaving.ts';
import { markRead, waiting } from '../../store/reading.ts';
import { say } from '../../words/say.ts';
import { Icon } from '../icon.tsx';
import { statusWord } from '../status.tsx';
import { Deed, Problem, useDeeds } from './deed.tsx';
import { Dialog, Head } from './dialog.tsx';
import { shut, type At } from './opened.ts';

/** What a status is called where one chooses it oneself. */
const ownWord = (status: Status) =>
  status === 'offline' ? say('status_invisible') : statusWord(status);

/** Every channel, and every conversation. */
const everywhere = (): string[] => [
  ...(state.peek()?.channels.keys() ?? []),
  ...(state.peek()?.conversations.keys() ?? []),
];

export function MeMenu({ at }: { at: At }) {
  const own = seen('user')?.user?.id ?? '';
  const deeds = useDeeds();
  return (
    <Dialog label={nameOf(own)} at={at}>
      <div class="menu">
        <Head>{nameOf(own)}</Head>
        <fieldset>
          <legend>{say('your_status')}</legend>
          {statuses.map((status) => (
            <label key={status} class="choice">
              <input
                type="radio"
                name="status"
                checked={statusOf(own) === status}
                disabled={line.value !== 'open'}
                onChange={() => showStatus(status)}
              />
              <span class={`status ${status}`} aria-hidden="true" />
              <span>{ownWord(status)}</span>
            </label>
          ))}
        </fieldset>
        <Noise />
        {waiting().isUnread && (
          <Deed deeds={deeds} of="check" run={() => markRead(everywhere())} then={shut}>
            {say('mark_all_read')}
          </Deed>
        )}
        <Problem deeds={deeds} />
        <a class="deed" href={linkTo.view('settings')} onClick={shut}>
          <Icon of="settings" /> <span>{say('to_settings')}</span>
        </a>
        <button
          type="button"
          class="deed"
          onClick={() => {
            shut();
            void signOut();
          }}
        >
          <Icon of="leave" /> <span>{say('log_out')}</span>
        </button>
      </div>
    </Dialog>
  );
}

/** What this browser does when a message calls its reader. */
export function Noise() {
  const may = permission.value;
  const why =
    may === 'impossible'
      ? say(isSafeLine() ? 'notices_missing' : 'notices_unsafe')
      : may === 'denied'
        ? say('notices_barred')
        : '';
  return (
    <fieldset>
      <legend>{say('when_called')}</legend>
      <label class="choice">
        <input
          type="checkbox"
          checked={wantsSounds.value}
          onChange={({ currentTarget }) => setSounds(currentTarget.checked)}
        />
        <span>{say('with_sound')}</span>
      </label>
      <label class="choice">
        <input
          type="checkbox"
          checked={wantsNotices.value && may === 'granted'}
          disabled={may === 'impossible' || may === 'denied'}
          aria-describedby={why === '' ? undefined : 'why-no-notices'}
          onChange={({ currentTarget }) => void setNotices(currentTarget.checked)}
        />
        <span>{say('with_notice')}</span>
      </label>
      {why !== '' && (
        <p id="why-no-notices" class="quiet">
          {why}
        </p>
      )}
    </fieldset>
  );
}
