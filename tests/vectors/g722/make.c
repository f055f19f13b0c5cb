// Makes g722.json beside it with SpanDSP 0.0.6:
//
//   cc make.c -lspandsp -o make && ./make IN.pcm && sha256sum codes out.pcm
//
// IN.pcm is what g722.test.ts says; the codes go to `codes`, what they sound like to `out.pcm` (int16, little-endian).
#include <stdint.h>
#include <stdio.h>
#include <inttypes.h>
#include <string.h>
#include <spandsp/telephony.h>
#include <spandsp/g722.h>

static int16_t in[200000], out[200000];
static uint8_t codes[100000];

static void write_file(const char *path, const void *from, size_t bytes) {
  FILE *to = fopen(path, "wb");
  fwrite(from, 1, bytes, to);
  fclose(to);
}

int main(int count, char **words) {
  FILE *from = fopen(words[1], "rb");
  int samples = fread(in, 2, 200000, from);
  fclose(from);
  int octets = g722_encode(g722_encode_init(NULL, 64000, 0), codes, in, samples);
  int decoded = g722_decode(g722_decode_init(NULL, 64000, 0), out, codes, octets);
  write_file("codes", codes, octets);
  write_file("out.pcm", out, 2 * decoded);
  return 0;
}
