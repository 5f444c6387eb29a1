// The feature of link previews.
import { feature } from '../../feature.ts';
import * as consequences from './consequences.ts';
import { startPreviews } from './queue.ts';

export const previewsFeature = feature({
  name: 'previews',
  modules: [consequences],
  start: startPreviews,
});
