// One's own settings: a page for each part, named in the address.
import type { FunctionComponent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { linkTo } from '../../store/address.ts';
import { askServer } from '../../store/server.ts';
import { signOut } from '../../store/leaving.ts';
import type { Words } from '../../words/english.ts';
import { say } from '../../words/say.ts';
import { Page } from '../page.tsx';
import { Account } from './account.tsx';
import { Data } from './data.tsx';
import { Factors } from './factors.tsx';
import { LanguagePage } from './language.tsx';
import { Look } from './look.tsx';
import { Logins } from './logins.tsx';
import { Notices } from './notices.tsx';
import { Privacy } from './privacy.tsx';
import { Profile } from './profile.tsx';

interface Part {
  readonly id: string;
  readonly title: keyof Words;
  readonly View: FunctionComponent;
}

const first: Part = { id: 'profile', title: 'profile', View: Profile };

const parts: readonly Part[] = [
  first,
  { id: 'account', title: 'account', View: Account },
  { id: 'two-factors', title: 'two_factors', View: Factors },
  { id: 'logins', title: 'logins', View: Logins },
  { id: 'privacy', title: 'privacy', View: Privacy },
  { id: 'notifications', title: 'notifications', View: Notices },
  { id: 'look', title: 'look_part', View: Look },
  { id: 'language', title: 'language_part', View: LanguagePage },
  { id: 'data', title: 'own_data', View: Data },
];

export function Settings({ id }: { id: string | null }) {
  const part = parts.find((one) => one.id === id) ?? first;
  const list = useRef<HTMLElement>(null);
  useEffect(() => void askServer(), []);
  // On a phone the list is one line, of which a part is to be seen.
  useEffect(() => {
    const here = list.current?.querySelector('[aria-current]');
    here?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [part.id]);
  return (
    <Page title={say('settings')}>
      <div class="body settings">
        <nav ref={list} aria-label={say('settings')}>
          <ul>
            {parts.map((one) => (
              <li key={one.id}>
                <a
                  href={linkTo.view('settings', one.id)}
                  aria-current={one === part ? 'page' : undefined}
                >
                  {say(one.title)}
                </a>
              </li>
            ))}
            <li>
              <button type="button" onClick={() => void signOut()}>
                {say('log_out')}
              </button>
            </li>
          </ul>
        </nav>
        <section class="part" key={part.id} aria-label={say(part.title)}>
          <h2>{say(part.title)}</h2>
          <part.View />
        </section>
      </div>
    </Page>
  );
}
