// The files of a message: pictures, films and sounds are shown, others are offered.
import type { Message } from '../../../../client/wire.ts';
import { fileAddress } from '../../store/names.ts';
import { say } from '../../words/say.ts';
import { bytes } from '../../words/sizes.ts';
import { Icon } from '../icon.tsx';
import { showViewer } from './shows.tsx';

type Attachment = Message['attachments'][number];

/** What a picture or film takes at most, in pixels. */
const most = { width: 448, height: 352 };

/** The size at which something is shown, so that its place is kept before it is there. */
function fitted({ width, height }: Pick<Attachment, 'width' | 'height'>) {
  if (width === null || height === null || width <= 0 || height <= 0) return {};
  const scale = Math.min(1, most.width / width, most.height / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

const kindOf = ({ content_type }: Attachment) => content_type?.split('/')[0] ?? '';

/** Pictures that browsers show as pictures. */
export const isPicture = (one: Attachment) =>
  /^image\/(png|jpeg|gif|webp|avif|bmp)$/.test(one.content_type ?? '');

export function Attachments({ list }: { list: readonly Attachment[] }) {
  const pictures = list.filter(isPicture);
  return (
    <>
      {list.map((one) => {
        if (isPicture(one)) return <Picture key={one.id} one={one} all={pictures} />;
        const address = fileAddress(one.url);
        const label = one.description ?? one.filename;
        if (kindOf(one) === 'video') {
          return (
            <video
              key={one.id}
              class="picture"
              src={address}
              controls
              preload="metadata"
              aria-label={label}
              {...fitted(one)}
            />
          );
        }
        return (
          <div key={one.id} class="file">
            {kindOf(one) === 'audio' && (
              <audio src={address} controls preload="none" aria-label={label} />
            )}
            <a href={address} download={one.filename}>
              <Icon of="attach" /> {one.filename}
            </a>
            <span class="size">{bytes(one.size)}</span>
          </div>
        );
      })}
    </>
  );
}

function Picture({ one, all }: { one: Attachment; all: readonly Attachment[] }) {
  const { id, url, filename, description } = one;
  const open = (event: MouseEvent) => {
    // With a key held, the browser opens it as it would any address.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const list = all.map((shown) => {
      return { id: shown.id, address: fileAddress(shown.url), name: shown.filename };
    });
    void showViewer({ list, first: id });
  };
  return (
    <a
      class="picture-link"
      href={fileAddress(url)}
      target="_blank"
      rel="noopener"
      aria-label={say('show_picture', { name: description ?? filename })}
      onClick={open}
    >
      <img
        class="picture"
        src={fileAddress(url)}
        alt={description ?? filename}
        loading="lazy"
        {...fitted(one)}
      />
    </a>
  );
}
