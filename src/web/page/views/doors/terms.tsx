// The terms of the server, to which one agrees by registering.
import { server } from '../../store/server.ts';
import { say } from '../../words/say.ts';
import { Check } from '../fields.tsx';
import { Markdown } from '../markdown.tsx';

export function Terms() {
  const known = server.value;
  const [text, url] = [known?.tos_text.trim() ?? '', known?.tos_url ?? ''];
  if (!known?.tos_enabled || (text === '' && url === '')) return null;
  return (
    <div class="terms">
      {text !== '' && (
        <details>
          <summary>{say('terms')}</summary>
          <div class="whole">
            <Markdown text={text} space_id={null} />
          </div>
        </details>
      )}
      {url !== '' && (
        <p>
          <a href={url} target="_blank" rel="noreferrer">
            {say('terms_elsewhere')}
          </a>
        </p>
      )}
      <Check name="terms" required>
        {say('agree')}
      </Check>
    </div>
  );
}
