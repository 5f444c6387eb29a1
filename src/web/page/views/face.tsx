// The face of somebody, or of a space: a picture, or a letter on a colour of their own.
import { personOf, fileAddress, nameOf } from '../store/names.ts';

/** The low 22 bits of an id count within a millisecond; what is above tells people apart. */
const [shift, hues] = [22n, 12n];

export function hueOf(id: string): number {
  return /^\d+$/.test(id) ? Number((BigInt(id) >> shift) % hues) : 0;
}

interface Shown {
  id: string;
  name: string;
  picture: string | null;
}

export function Mark({ id, name, picture }: Shown) {
  if (picture !== null) {
    return <img class="face" src={fileAddress(picture)} alt="" loading="lazy" />;
  }
  const [letter = '?'] = [...new Intl.Segmenter().segment(name)].map(({ segment }) => segment);
  return (
    <span class={`face hue${hueOf(id)}`} aria-hidden="true">
      {letter.toUpperCase()}
    </span>
  );
}

export function Face({ id, space_id = null }: { id: string; space_id?: string | null }) {
  return <Mark id={id} name={nameOf(id, space_id)} picture={personOf(id)?.avatar ?? null} />;
}
