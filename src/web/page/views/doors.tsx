// The doors: what somebody sees who is not signed in, one step at a time.
import type { FunctionComponent } from 'preact';
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { invitedBy, isClaiming, step, walk, type Step } from '../store/doors.ts';
import { askServer, server, serverName } from '../store/server.ts';
import { isOver } from '../store/session.ts';
import { say } from '../words/say.ts';
import { LogIn } from './doors/log-in.tsx';
import { LanguageChoice } from './language-choice.tsx';

/** The step that is shown: an invite and a claim begin with a new account. */
function shownStep(): Step {
  const { value } = step;
  if (value.at !== 'start') return value;
  return { at: invitedBy() !== null || isClaiming() ? 'register' : 'login' };
}

type View = FunctionComponent<{ now: Step }>;

/** All steps but the first; null before they are loaded, and where that has failed. */
const further = signal<View | null>(null);

function Beyond({ now }: { now: Step }) {
  const [hasFailed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    void import('./doors/further.tsx')
      .then(({ Further }) => (further.value = Further))
      .catch(() => setFailed(true));
  };
  useEffect(() => {
    if (further.peek() === null) load();
  }, []);
  const View = further.value;
  if (View !== null) return <View now={now} />;
  if (!hasFailed) return <p role="status">{say('loading')}</p>;
  return (
    <p role="alert">
      {say('loading_failed')}{' '}
      <button type="button" class="link" onClick={load}>
        {say('retry')}
      </button>
    </p>
  );
}

export function Doors() {
  const now = shownStep();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => void askServer(), []);
  // Who has gone a step goes on there, also by keyboard and by ear.
  useEffect(() => {
    const fields = box.current?.querySelectorAll<HTMLInputElement>('input:not([type=checkbox])');
    const empty = [...(fields ?? [])].find(({ value }) => value === '');
    (empty ?? box.current?.querySelector('h2'))?.focus();
  }, [now.at, further.value]);
  document.title = serverName();
  return (
    <main class="doors">
      <div class="card" ref={box}>
        <h1>{say('welcome', { server: serverName() })}</h1>
        {isOver.value && <p role="status">{say('login_over')}</p>}
        {server.value?.motd && <p class="motd">{server.value.motd}</p>}
        {now.at === 'login' ? <LogIn /> : <Beyond now={now} />}
        <Others at={now.at} />
        <LanguageChoice />
      </div>
    </main>
  );
}

/** The ways that lead elsewhere from here. */
function Others({ at }: { at: Step['at'] }) {
  if (at === 'keep' || at === 'in') return null;
  const isOpen = isClaiming() || server.value?.registration_policy !== 'closed';
  const ways = [
    at === 'register' && (['login', 'have_account'] as const),
    at !== 'login' && at !== 'register' && (['login', 'back_to_login'] as const),
    at === 'login' && isOpen && (['register', 'need_account'] as const),
    at === 'login' && (['recover', 'forgot_password'] as const),
  ].filter((one) => one !== false);
  return (
    <ul class="ways">
      {ways.map(([to, text]) => (
        <li key={to}>
          <button type="button" class="link" onClick={() => void walk({ at: to })}>
            {say(text)}
          </button>
        </li>
      ))}
    </ul>
  );
}
