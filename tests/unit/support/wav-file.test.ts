import { expect, test } from 'vitest';
import { decodeWav, encodeWav } from '../../support/wav-file.ts';

test('reads back what it wrote', () => {
  const recording = { samples: Int16Array.of(0, 1, -1, 32767, -32768), rate: 8000 };
  expect(decodeWav(encodeWav(recording))).toEqual(recording);
});

test('skips chunks it does not know, with their padding', () => {
  const wav = encodeWav({ samples: Int16Array.of(5, 6), rate: 16000 });
  const list = Buffer.from('LIST\x03\x00\x00\x00abc\x00', 'latin1');
  const withList = Buffer.concat([wav.subarray(0, 36), list, wav.subarray(36)]);
  expect(decodeWav(withList)).toEqual({ samples: Int16Array.of(5, 6), rate: 16000 });
});

test('takes what is there when the header promises more', () => {
  const wav = encodeWav({ samples: Int16Array.of(5, 6, 7), rate: 8000 });
  expect(decodeWav(wav.subarray(0, wav.length - 2)).samples).toEqual(Int16Array.of(5, 6));
});

test('refuses two channels', () => {
  const wav = encodeWav({ samples: Int16Array.of(1), rate: 8000 });
  wav.writeUInt16LE(2, 22);
  expect(() => decodeWav(wav)).toThrow('2 channels');
});
