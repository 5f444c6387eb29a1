// Turns plugin rows into what clients see.
import { time } from '../../shapes.ts';
import type { PluginRow } from './queries.ts';
import type { Plugin } from './schema.ts';

/** There are no bundles yet, so the fields about them are blank. */
export function pluginView(row: PluginRow): Plugin {
  return {
    id: row.id,
    space_id: row.space_id,
    creator_id: row.creator_id,
    name: row.name,
    type: row.type,
    runtime: row.runtime,
    description: row.description,
    version: row.version,
    format: '',
    entry_point: row.entry_point,
    bundle_hash: '',
    has_bundle: false,
    signed: false,
    signature: '',
    max_participants: row.max_participants,
    max_spectators: row.max_spectators,
    max_file_size: 0,
    lobby: row.lobby,
    permissions: [],
    data_topics: [],
    canvas_size: [row.canvas_width, row.canvas_height],
    created_at: time(row.created_at),
    updated_at: time(row.updated_at),
  };
}
