// The wire shapes of roles.
import { z } from 'zod';
import { bounded, Id, Long, name, Permission, whole } from '../../shapes.ts';

export const Role = z
  .object({
    id: Id,
    space_id: Id,
    name: z.string(),
    color: Long,
    hoist: z.boolean(),
    icon: z.string().nullable(),
    position: z.int().describe('0 is @everyone, exactly one of a space'),
    permissions: z.array(Permission),
    managed: z.boolean(),
    mentionable: z.boolean(),
  })
  .meta({ id: 'Role' });
export type Role = z.output<typeof Role>;

const Color = whole(0, 0xffff_ffff);
const Permissions = z
  .array(Permission)
  .max(100)
  .transform((names) => [...new Set(names)]);

export const NewRole = z
  .object({
    name: name(100),
    color: Color.default(0),
    hoist: z.boolean().default(false),
    mentionable: z.boolean().default(false),
    permissions: Permissions.default([]),
  })
  .meta({ id: 'NewRole' });
export type NewRole = z.output<typeof NewRole>;

export const RolePatch = z
  .object({
    name: name(100),
    color: Color,
    hoist: z.boolean(),
    icon: name(100, 0)
      .nullable()
      .transform((icon) => (icon === '' ? null : icon)),
    permissions: Permissions,
    mentionable: z.boolean(),
  })
  .partial()
  .meta({ id: 'RolePatch' });
export type RolePatch = z.output<typeof RolePatch>;

/** New positions of roles or channels; the others keep their order. */
export const Positions = z
  .array(z.object({ id: bounded(64), position: whole(0, 1_000_000) }))
  .max(1000)
  .meta({ id: 'Positions' });
/** The maximum size of 1,000 positions as JSON. */
export const positionsBody_bytes = 256 * 1024;
export type Positions = z.output<typeof Positions>;
