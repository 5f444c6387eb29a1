// What this browser tells of: notifications of the system, and sounds.
import {
  permission,
  setNotices,
  setSounds,
  wantsNotices,
  wantsSounds,
} from '../../store/notices.ts';
import { say } from '../../words/say.ts';

const hints = {
  impossible: 'notices_impossible',
  denied: 'notices_denied',
  granted: 'notices_explained',
  default: 'notices_explained',
} as const;

export function Notices() {
  const may = permission.value;
  const isBarred = may === 'impossible' || may === 'denied';
  return (
    <>
      <div class="field">
        <label class="check">
          <input
            type="checkbox"
            role="switch"
            checked={wantsNotices.value && !isBarred}
            disabled={isBarred}
            aria-describedby="notices-hint"
            onChange={({ currentTarget: box }) => {
              // The reader may refuse when the browser asks: then the switch goes back.
              void setNotices(box.checked).finally(() => (box.checked = wantsNotices.peek()));
            }}
          />
          <span>{say('wants_notices')}</span>
        </label>
        <p id="notices-hint" class="hint">
          {say(hints[may])}
        </p>
      </div>
      <label class="check">
        <input
          type="checkbox"
          role="switch"
          checked={wantsSounds.value}
          onChange={({ currentTarget }) => setSounds(currentTarget.checked)}
        />
        <span>{say('wants_sounds')}</span>
      </label>
      <p class="hint">{say('only_this_browser')}</p>
    </>
  );
}
