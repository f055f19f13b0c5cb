/** What session-description.ts uses of the package `sdp-transform`, which ships no types. */
declare module 'sdp-transform' {
  interface ParsedConnection {
    version?: number;
    ip?: string;
  }
  interface ParsedMedia {
    rtp: { payload: number; codec: string; rate?: number; encoding?: number | string }[];
    fmtp: { payload: number; config: string }[];
    connection?: ParsedConnection;
    direction?: string;
    ptime?: number;
    maxptime?: number;
    rtcp?: { port: number };
  }
  interface ParsedDescription {
    connection?: ParsedConnection;
    direction?: string;
    media: ParsedMedia[];
  }
  export function parse(text: string): ParsedDescription;
}
