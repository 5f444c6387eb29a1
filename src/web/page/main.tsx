// The page of the web client: a door for strangers, the client for who is signed in.
import { render } from 'preact';
import { readKept } from './store/kept.ts';
import { goLive } from './store/live.ts';
import './store/notices.ts';
import { recall, token } from './store/session.ts';
import { Doors } from './views/doors.tsx';
import { Shell } from './views/shell.tsx';
import { say, speak } from './words/say.ts';

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
