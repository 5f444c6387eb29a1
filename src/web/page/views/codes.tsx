// Codes that are shown once: they can be copied and saved before they are gone.
import { useState } from 'preact/hooks';
import { say } from '../words/say.ts';
import { saveFile } from './save-file.ts';

interface Shown {
  /** What they are, as a heading for who cannot see them, and as the name of the file. */
  label: string;
  codes: readonly string[];
}

export function Codes({ label, codes }: Shown) {
  const [isCopied, setCopied] = useState(false);
  const text = codes.join('\n');
  const save = () => saveFile(`${label}.txt`, new Blob([`${text}\n`], { type: 'text/plain' }));
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <section class="codes" aria-label={label}>
      <ul>
        {codes.map((one) => (
          <li key={one}>
            <code>{one}</code>
          </li>
        ))}
      </ul>
      <div class="row">
        {
          // Only pages that came over https may write to the clipboard.
          isSecureContext && (
            <button type="button" class="plain" onClick={() => void copy()}>
              {say(isCopied ? 'copied' : 'copy')}
            </button>
          )
        }
        <button type="button" class="plain" onClick={save}>
          {say('save_as_file')}
        </button>
      </div>
    </section>
  );
}
