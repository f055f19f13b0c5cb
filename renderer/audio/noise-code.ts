/** RNNoise's code: fetched once per page, when it is first wanted. */
import rnnoiseAddress from 'virtual:rnnoise-wasm';

let fetched: Promise<ArrayBuffer> | null = null;

/** The bytes of the module, the same ones each time. Rejects when they cannot be fetched; the next call tries again. */
export function noiseCode(): Promise<ArrayBuffer> {
  fetched ??= fetch(rnnoiseAddress)
    .then((answer) => {
      if (!answer.ok) throw new Error(`RNNoise cannot be fetched: ${answer.status}`);
      return answer.arrayBuffer();
    })
    .catch((thrown: unknown) => {
      fetched = null;
      throw thrown;
    });
  return fetched;
}
