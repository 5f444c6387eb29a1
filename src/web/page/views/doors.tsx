// The doors: what somebody sees who is not signed in, one step at a time.
import type { ComponentChild } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { invitedBy, isClaiming, step, walk, type Step } from '../store/doors.ts';
import { askServer, server, serverName } from '../store/server.ts';
import { isOver } from '../store/session.ts';
import { say } from '../words/say.ts';
import { LogIn } from './doors/log-in.tsx';
import { Recover } from './doors/recover.tsx';
import { Register } from './doors/register.tsx';
import { EnterCode, KeepCode, Renew, Waiting } from './doors/steps.tsx';
import { LanguageChoice } from './language-choice.tsx';

/** The step that is shown: an invite and a claim begin with a new account. */
function shownStep(): Step {
  const { value } = step;
  if (value.at !== 'start') return value;
  return { at: invitedBy() !== null || isClaiming() ? 'register' : 'login' };
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
  }, [now.at]);
  document.title = serverName();
  return (
    <main class="doors">
      <div class="card" ref={box}>
        <h1>{say('welcome', { server: serverName() })}</h1>
        {isOver.value && <p role="status">{say('login_over')}</p>}
        {server.value?.motd && <p class="motd">{server.value.motd}</p>}
        {viewOf(now)}
        <Others at={now.at} />
        <LanguageChoice />
      </div>
    </main>
  );
}

function viewOf(now: Step): ComponentChild {
  switch (now.at) {
    case 'start':
    case 'login':
      return <LogIn />;
    case 'register':
      return <Register />;
    case 'recover':
      return <Recover />;
    case 'code':
      return <EnterCode ticket={now.ticket} password={now.password} />;
    case 'renew':
      return <Renew token={now.token} password={now.password} />;
    case 'keep':
      return <KeepCode code={now.code} next={now.next} />;
    case 'waiting':
      return <Waiting said={now.said} />;
    case 'in':
      return null;
  }
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
