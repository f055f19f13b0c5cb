/** Every far side of the table, in its order. */
import { asteriskSide } from './asterisk-side.ts';
import { baresipSide } from './baresip-side.ts';
import type { SideReport } from './document.ts';
import { kamailioSide } from './kamailio-side.ts';
import { linphoneSide } from './linphone-side.ts';
import { type Row, type RunOptions, runFarSide } from './run-table.ts';
import type { FarSide, Link } from './scenario.ts';
import { sippSide } from './sipp-side.ts';

/** A far side without the type of its bench, which is nobody else's business. */
export interface AnyFarSide extends Pick<
  FarSide<never>,
  'name' | 'title' | 'role' | 'links' | 'shortLinks' | 'missing' | 'version'
> {
  run: (options: RunOptions) => Promise<Row[]>;
}

function any<Bench>(side: FarSide<Bench>): AnyFarSide {
  return { ...side, run: (options) => runFarSide(side, options) };
}

export const farSides: readonly AnyFarSide[] = [
  any(asteriskSide),
  any(kamailioSide),
  any(baresipSide),
  any(linphoneSide),
  any(sippSide),
];

/** Tries one far side, or says why it cannot be had here. */
export async function report(
  side: AnyFarSide,
  options: Omit<RunOptions, 'links'> & { links: (side: AnyFarSide) => readonly Link[] },
): Promise<SideReport> {
  const missing = await side.missing();
  if (missing !== undefined) return { side, version: '', missing, rows: [] };
  const version = await side.version();
  return { side, version, missing: '', rows: await side.run({ ...options, links: options.links(side) }) };
}
