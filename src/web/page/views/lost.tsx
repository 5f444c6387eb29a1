// What stands at an address that has nothing, or nothing for this reader: it says so, and leads on.
import { say } from '../words/say.ts';
import { Page } from './page.tsx';
import { firstPlace } from './places.ts';

export function Lost() {
  return (
    <Page title={say('no_such_page')}>
      <div class="body">
        <a href={firstPlace()}>{say('to_start')}</a>
      </div>
    </Page>
  );
}
