// Previews of links, and what programs put beneath their messages.
import type { Message } from '../../../../client/wire.ts';
import { fileAddress } from '../../store/names.ts';
import { Markdown } from '../markdown.tsx';

type Embed = Message['embeds'][number];

/** Pictures of other places are not fetched: they would see who reads. The server brings those of previews. */
const ownPicture = (picture: Embed['image']): string | null =>
  picture !== null && /\/cdn\/previews\//.test(picture.url) ? fileAddress(picture.url) : null;

const colorOf = (color: number | null): string | undefined =>
  color === null ? undefined : `#${(color & 0xff_ff_ff).toString(16).padStart(6, '0')}`;

function Title({ text, to }: { text: string; to: string | null }) {
  if (to === null) return <strong>{text}</strong>;
  return (
    <a href={to} target="_blank" rel="noopener noreferrer nofollow">
      <strong>{text}</strong>
    </a>
  );
}

function Shown({ embed, space_id }: { embed: Embed; space_id: string | null }) {
  const { title, description, url, author, footer, fields, color } = embed;
  const picture = ownPicture(embed.image) ?? ownPicture(embed.thumbnail);
  const border = colorOf(color);
  return (
    <article class="embed" {...(border && { style: { borderLeftColor: border } })}>
      {author !== null && <p class="small">{author.name}</p>}
      {title !== null && <Title text={title} to={url} />}
      {description !== null && <Markdown text={description} space_id={space_id} />}
      {fields !== null && fields.length > 0 && (
        <dl>
          {fields.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Markdown text={value} space_id={space_id} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {picture !== null && <img class="picture" src={picture} alt="" loading="lazy" />}
      {footer !== null && <p class="small">{footer.text}</p>}
    </article>
  );
}

export function Embeds({
  message: { embeds, space_id },
}: {
  message: Pick<Message, 'embeds' | 'space_id'>;
}) {
  return (
    <>
      {embeds.map((embed, index) => (
        <Shown key={`${index} ${embed.url}`} embed={embed} space_id={space_id} />
      ))}
    </>
  );
}
