// Takes addresses out of embeds that do not lead to the web; older versions took any text for one.
import { isWebAddress } from '../../../lib/web-address.ts';
import type { ShownEmbed } from './schema.ts';

interface Part {
  url?: string | null;
  icon_url?: string;
}

const isFit = (address: string | null | undefined) => address == null || isWebAddress(address);

/** Leaves out of a part of an embed the addresses that do not lead to the web. */
function fitPart<P extends Part>(part: P): P {
  const fit = { ...part };
  // Left out, never null: the Godot client takes no null inside.
  if (!isFit(part.url)) delete fit.url;
  if (!isFit(part.icon_url)) delete fit.icon_url;
  return fit;
}

/** Returns a stored embed with addresses that lead to the web alone; a picture without one goes. */
export function withWebAddresses(stored: object): Partial<ShownEmbed> {
  const embed = fitPart(stored as Partial<ShownEmbed>);
  for (const picture of ['image', 'thumbnail'] as const) {
    if (!isFit(embed[picture]?.url)) delete embed[picture];
  }
  if (embed.author) embed.author = fitPart(embed.author);
  if (embed.footer) embed.footer = fitPart(embed.footer);
  return embed;
}
