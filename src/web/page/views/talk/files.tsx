// The files that go along with the next message: choosing them, seeing them, taking them out again.
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { limits, refusedFile } from '../../store/limits.ts';
import { say } from '../../words/say.ts';
import { bytes } from '../../words/sizes.ts';
import { Icon, IconButton } from '../icon.tsx';

/** The button that picks files. */
export function FilePicker({ take }: { take: (files: readonly File[]) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton of="plus" label={say('attach')} onClick={() => picker.current?.click()} />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          take([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </>
  );
}

/** What is wrong with the files, in words; "" if nothing is. */
export function fileProblem(files: readonly File[]): string {
  const refused = refusedFile(files);
  if (refused === null) return '';
  const known = limits.value;
  if (refused === 'too_many') {
    return say('too_many_files', { count: known?.max_attachments_per_message ?? 0 });
  }
  const max = bytes(known?.max_attachment_size ?? 0);
  return say('file_too_large', { name: refused.name, max });
}

interface Shown {
  files: readonly File[];
  change: (files: readonly File[]) => void;
}

export function ChosenFiles({ files, change }: Shown) {
  if (files.length === 0) return null;
  const problem = fileProblem(files);
  return (
    <>
      <ul class="chosen" aria-label={say('chosen_files')}>
        {files.map((file, index) => (
          <li key={`${file.name} ${file.size} ${file.lastModified}`}>
            <Thumb file={file} />
            <span class="name">{file.name}</span>
            <span class="size">{bytes(file.size)}</span>
            <IconButton
              of="close"
              label={say('remove_file', { name: file.name })}
              onClick={() => change(files.filter((_, at) => at !== index))}
            />
          </li>
        ))}
      </ul>
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

function Thumb({ file }: { file: File }) {
  const isPicture = file.type.startsWith('image/') && !file.type.includes('svg');
  const address = useMemo(() => (isPicture ? URL.createObjectURL(file) : null), [file]);
  useEffect(() => {
    if (address === null) return;
    return () => URL.revokeObjectURL(address);
  }, [address]);
  return address === null ? <Icon of="attach" /> : <img class="thumb" src={address} alt="" />;
}
