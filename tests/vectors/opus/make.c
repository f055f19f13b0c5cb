// Makes the files beside it with the reference codec (libopus 1.3.1, floating point):
//
//   cc make.c -lopus -lm -o make && ./make
//
// NAME.packets: for each packet its length (uint16, big-endian) and its octets. NAME.pcm: what the reference decoder makes of them
// at 16 kHz, int16, little-endian.
#include <math.h>
#include <opus/opus.h>
#include <stdint.h>
#include <stdio.h>

static void make(const char *name, int rate, int frame_ms, int bitrate, int bandwidth, int frames) {
  char path[64];
  int error;
  OpusEncoder *encoder = opus_encoder_create(rate, 1, OPUS_APPLICATION_VOIP, &error);
  OpusDecoder *decoder = opus_decoder_create(16000, 1, &error);
  opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bitrate));
  opus_encoder_ctl(encoder, OPUS_SET_BANDWIDTH(bandwidth));
  int in_samples = rate / 1000 * frame_ms, out_samples = 16 * frame_ms;
  unsigned char packets[64][1275];
  int lengths[64];
  uint32_t noise = 1;
  for (int n = 0; n < frames; n++) {
    opus_int16 in[2880];
    for (int i = 0; i < in_samples; i++) {
      double t = (double)(n * in_samples + i) / rate;
      double voice = 0;
      for (int k = 1; k <= 20; k++) voice += sin(2 * M_PI * k * (140 * t + 3 * sin(2 * M_PI * 4 * t))) / k;
      noise = noise * 1664525u + 1013904223u;
      in[i] = (opus_int16)(5000 * voice * (0.6 + 0.4 * sin(2 * M_PI * 3 * t)) + (double)(noise >> 16) / 65536 * 600 - 300);
    }
    lengths[n] = opus_encode(encoder, in, in_samples, packets[n], 1275);
  }
  snprintf(path, sizeof path, "%s.packets", name);
  FILE *to = fopen(path, "wb");
  for (int n = 0; n < frames; n++) {
    fputc(lengths[n] >> 8, to);
    fputc(lengths[n] & 255, to);
    fwrite(packets[n], 1, lengths[n], to);
  }
  fclose(to);
  snprintf(path, sizeof path, "%s.pcm", name);
  to = fopen(path, "wb");
  for (int n = 0; n < frames; n++) {
    opus_int16 out[960];
    int decoded = opus_decode(decoder, packets[n], lengths[n], out, out_samples, 0);
    fwrite(out, 2, decoded, to);
  }
  fclose(to);
}

int main(void) {
  make("silk", 16000, 20, 20000, OPUS_BANDWIDTH_WIDEBAND, 30);
  make("hybrid", 48000, 20, 28000, OPUS_BANDWIDTH_FULLBAND, 30);
  make("celt", 48000, 10, 96000, OPUS_BANDWIDTH_FULLBAND, 40);
  return 0;
}
