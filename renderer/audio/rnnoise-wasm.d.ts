/** Made by scripts/rnnoise-wasm.ts at build time: the address of RNNoise's WebAssembly. */
declare module 'virtual:rnnoise-wasm' {
  const address: string;
  export default address;
}
