// The page of the web client: a door for strangers, the client for who is signed in.
import { render } from 'preact';
import { readKept } from './store/kept.ts';
import { goLive } from './store/live.ts';
import './store/owner.ts';
import { recall, token } from './store/session.ts';
import { later } from './views/later.tsx';
import { Shell } from './views/shell.tsx';
import { say, speak } from './words/say.ts';

const Doors = later(async () => (await import('./views/doors.tsx')).Doors);

function Page() {
  if (token.value === undefined) {
    return (
      <p class="blank" role="status">
        {say('connecting')}
      </p>
    );
  }
  return token.value === null ? <Doors /> : <Shell />;
}

const chosen = readKept('language');
await speak(chosen === null ? navigator.languages : [chosen]);
const root = document.querySelector('#app');
if (root !== null) render(<Page />, root);
goLive();
await recall();
// What tells of messages and calls, and what tidies up: nobody needs it before there are any.
await Promise.all([
  import('./store/notices.ts'),
  import('./store/calls.ts'),
  import('./store/thread-news.ts'),
  import('./store/tab-icon.ts'),
  import('./store/tidying.ts'),
]);
