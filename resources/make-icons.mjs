/**
 * Draws the icons: `node resources/make-icons.mjs` writes resources/tray/*.png and build/icon.png.
 * The mark is a voice that comes back: a dot and two arcs. In the tray the dot is full when all is well and a ring when it is
 * not, and a second dot tells missed calls, so that shape says what colour says.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const colours = {
  green: [0x2a, 0x9d, 0x5c],
  amber: [0xd0, 0x8a, 0x1e],
  red: [0xcc, 0x42, 0x37],
  black: [0, 0, 0],
  paper: [0xf7, 0xf6, 0xf3],
  graphite: [0x1f, 0x20, 0x23],
  mint: [0x46, 0xc0, 0x7f],
};

// Shapes in a unit square: signed distance, negative inside.
const disc = (cx, cy, radius) => (x, y) => Math.hypot(x - cx, y - cy) - radius;
const ring = (cx, cy, radius, width) => (x, y) => Math.abs(Math.hypot(x - cx, y - cy) - radius) - width / 2;
/** An arc around (cx, cy) that opens to the upper right, with round ends. */
const arc = (cx, cy, radius, width) => {
  const half = Math.PI / 4;
  const middle = -Math.PI / 4;
  return (x, y) => {
    const angle = Math.atan2(y - cy, x - cx) - middle;
    const held = Math.max(-half, Math.min(half, angle)) + middle;
    return Math.hypot(x - cx - radius * Math.cos(held), y - cy - radius * Math.sin(held)) - width / 2;
  };
};
const roundedSquare = (inset, radius) => (x, y) => {
  const dx = Math.abs(x - 0.5) - (0.5 - inset - radius);
  const dy = Math.abs(y - 0.5) - (0.5 - inset - radius);
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
};

/** Paints layers of [shape, colour] in order; a null colour cuts a hole. Returns RGBA bytes. */
function paint(size, layers) {
  const samples = 4;
  const pixels = Buffer.alloc(size * size * 4);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const sum = [0, 0, 0, 0];
      for (let sample = 0; sample < samples * samples; sample++) {
        const x = (column + ((sample % samples) + 0.5) / samples) / size;
        const y = (row + (Math.floor(sample / samples) + 0.5) / samples) / size;
        let top = null;
        for (const [shape, colour] of layers) if (shape(x, y) <= 0) top = colour;
        if (top === null) continue;
        for (let channel = 0; channel < 3; channel++) sum[channel] += top[channel];
        sum[3] += 1;
      }
      const at = 4 * (row * size + column);
      if (sum[3] === 0) continue;
      for (let channel = 0; channel < 3; channel++) pixels[at + channel] = Math.round(sum[channel] / sum[3]);
      pixels[at + 3] = Math.round((255 * sum[3]) / samples ** 2);
    }
  }
  return pixels;
}

const crcTable = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** A PNG chunk (PNG specification §5.3): length, type, data, CRC-32 of type and data. */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function png(size, pixels) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6], 8);
  const rows = Buffer.alloc(size * (size * 4 + 1));
  for (let row = 0; row < size; row++) {
    pixels.copy(rows, row * (size * 4 + 1) + 1, row * size * 4, (row + 1) * size * 4);
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const mark = (dot, colour) => [
  [dot, colour],
  [arc(0.34, 0.66, 0.36, 0.11), colour],
  [arc(0.34, 0.66, 0.56, 0.11), colour],
];
const full = disc(0.34, 0.66, 0.19);
const hollow = ring(0.34, 0.66, 0.15, 0.08);
const badge = (colour) => [
  [disc(0.77, 0.77, 0.27), null],
  [disc(0.77, 0.77, 0.2), colour],
];

const tray = {
  ready: mark(full, colours.green),
  trouble: mark(hollow, colours.amber),
  missed: [...mark(full, colours.green), ...badge(colours.red)],
  readyTemplate: mark(full, colours.black),
  troubleTemplate: mark(hollow, colours.black),
  missedTemplate: [...mark(full, colours.black), ...badge(colours.black)],
};
/** The app's own icon: the mark on a graphite tile. */
const shrunk = (shape) => (x, y) => shape((x - 0.2) / 0.62, (y - 0.18) / 0.62);
const app = [
  [roundedSquare(0.06, 0.2), colours.graphite],
  [shrunk(full), colours.mint],
  [shrunk(arc(0.34, 0.66, 0.36, 0.11)), colours.paper],
  [shrunk(arc(0.34, 0.66, 0.56, 0.11)), colours.paper],
];

function write(file, size, layers) {
  writeFileSync(new URL(`../${file}`, import.meta.url), png(size, paint(size, layers)));
}

for (const folder of ['resources/tray', 'build']) mkdirSync(`${root}${folder}`, { recursive: true });
for (const [name, layers] of Object.entries(tray)) {
  write(`resources/tray/${name}.png`, 22, layers);
  write(`resources/tray/${name}@2x.png`, 44, layers);
}
write('resources/tray/app.png', 128, app);
write('build/icon.png', 512, app);
