// Choosing a picture from the device, as the server takes it: what it may be is said before and after.
import { useId } from 'preact/hooks';
import { server } from '../store/server.ts';
import { say } from '../words/say.ts';

const types = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

const kibOf = (bytes: number) => Math.floor(bytes / 1024);

/** Says why a file cannot be used; null if it can. */
async function problemOf(file: File): Promise<string | null> {
  const max = server.value?.max_avatar_size ?? Infinity;
  if (!types.includes(file.type)) return say('picture_unfit', { name: file.name });
  if (file.size > max) return say('picture_too_large', { kib: kibOf(max) });
  const shown = new Image();
  shown.src = URL.createObjectURL(file);
  const isPicture = await shown.decode().then(
    () => true,
    () => false,
  );
  URL.revokeObjectURL(shown.src);
  return isPicture ? null : say('picture_unfit', { name: file.name });
}

/** Reads a picture as the server takes it. */
function dataUriOf(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === 'string' ? reader.result : '');
    reader.onerror = () => reject(new Error('the file cannot be read'));
    reader.readAsDataURL(file);
  });
}

interface Chosen {
  label: string;
  /** Takes the picture, as a data URI. */
  pick(uri: string): void;
  /** Says why a file is none. */
  refuse(problem: string): void;
}

export function PictureInput({ label, pick, refuse }: Chosen) {
  const id = useId();
  const take = async (input: HTMLInputElement) => {
    const [file] = input.files ?? [];
    if (file === undefined) return;
    const problem = await problemOf(file);
    // The same file can be chosen again.
    input.value = '';
    if (problem === null) pick(await dataUriOf(file));
    else refuse(problem);
  };
  const unfit = () => refuse(say('picture_unfit', { name: '' }));
  return (
    <span class="choose">
      <input
        id={id}
        type="file"
        accept={types.join(',')}
        aria-describedby={`${id}-hint`}
        onChange={({ currentTarget }) => void take(currentTarget).catch(unfit)}
      />
      <label class="plain" for={id}>
        {label}
      </label>
      <span id={`${id}-hint`} class="hint">
        {server.value !== null && say('picture_hint', { kib: kibOf(server.value.max_avatar_size) })}
      </span>
    </span>
  );
}
