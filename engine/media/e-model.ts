/**
 * The E-model (ITU-T G.107): what people would say of a call, reckoned from its loudness, noise, echo, delay, codec and losses.
 *
 *   R = Ro − Is − Id − Ie,eff + A          R → MOS by Annex B, 1 to 4.5
 *
 * Ro: speech over all noise · Is: what goes with speech (too loud, sidetone, quantising) · Id: echo and delay · Ie,eff: codec and
 * losses · A: what people forgive for convenience. Everything that a phone cannot measure stays at the recommendation's default,
 * which is a good telephone at each end of a quiet line.
 */

/** G.107 Table 2, in its order and with its symbols. Levels in dB, noise in dBm0p or dB(A), delays in milliseconds. */
export interface TransmissionParameters {
  sendLoudness: number;
  receiveLoudness: number;
  sidetoneMasking: number;
  /** D-factors of the telephones, talker's (Ds) and listener's (Dr). */
  talkerDFactor: number;
  listenerDFactor: number;
  /** TELR. */
  talkerEchoLoudness: number;
  /** WEPL. */
  weightedEchoPathLoss: number;
  /** T: mean one-way delay of the echo path. */
  echoPathDelayMs: number;
  /** Tr: round trip in the four-wire loop. */
  roundTripDelayMs: number;
  /** Ta: from mouth to ear. */
  absoluteDelayMs: number;
  quantisingUnits: number;
  /** Ie of the codec. */
  equipmentImpairment: number;
  /** Bpl: how well the codec bears losses; more is better. */
  lossRobustness: number;
  /** Ppl. */
  lossPercent: number;
  /** BurstR: mean length of bursts against that of random losses; 1 is random. */
  burstRatio: number;
  circuitNoise: number;
  noiseFloor: number;
  talkerRoomNoise: number;
  listenerRoomNoise: number;
  advantage: number;
}

export const defaultTransmission: TransmissionParameters = {
  sendLoudness: 8,
  receiveLoudness: 2,
  sidetoneMasking: 15,
  talkerDFactor: 3,
  listenerDFactor: 3,
  talkerEchoLoudness: 65,
  weightedEchoPathLoss: 110,
  echoPathDelayMs: 0,
  roundTripDelayMs: 0,
  absoluteDelayMs: 0,
  quantisingUnits: 1,
  equipmentImpairment: 0,
  lossRobustness: 4.3,
  lossPercent: 0,
  burstRatio: 1,
  circuitNoise: -70,
  noiseFloor: -64,
  talkerRoomNoise: 35,
  listenerRoomNoise: 35,
  advantage: 0,
};

const powerSum = (...levels: number[]) =>
  10 * Math.log10(levels.reduce((sum, level) => sum + 10 ** (level / 10), 0));
/** The smooth corner that the recommendation draws its curves with. */
const corner = (x: number, order: number) => (1 + x ** order) ** (1 / order);

interface Ratios {
  /** All noise together, No. */
  noise: number;
  /** Ro. */
  basic: number;
}

/** §7.2. */
function basicRatio(plan: TransmissionParameters): Ratios {
  const { sendLoudness, receiveLoudness, talkerRoomNoise, listenerRoomNoise } = plan;
  const overall = sendLoudness + receiveLoudness;
  const talkerNoise = talkerRoomNoise - sendLoudness - plan.talkerDFactor;
  const sentNoise = talkerNoise - 100 + 0.004 * (talkerRoomNoise - overall - plan.talkerDFactor - 14) ** 2;
  const listenerSidetone = plan.sidetoneMasking + plan.listenerDFactor;
  const heardRoom = listenerRoomNoise + 10 * Math.log10(1 + 10 ** ((10 - listenerSidetone) / 10));
  const receivedNoise = receiveLoudness - 121 + heardRoom + 0.008 * (heardRoom - 35) ** 2;
  const floor = plan.noiseFloor + receiveLoudness;
  const noise = powerSum(plan.circuitNoise, sentNoise, receivedNoise, floor);
  return { noise, basic: 15 - 1.5 * (sendLoudness + noise) };
}

/** §7.3: Ist, also needed for echo beside a weak or strong sidetone. */
function sidetoneImpairment(plan: TransmissionParameters): number {
  const echo = Math.exp(-plan.echoPathDelayMs / 4) * 10 ** (-plan.talkerEchoLoudness / 10);
  const masking = -10 * Math.log10(10 ** (-plan.sidetoneMasking / 10) + echo);
  return (
    12 * corner((masking - 13) / 6, 8) -
    28 * corner((masking + 1) / 19.4, 35) -
    13 * corner((masking - 3) / 33, 13) +
    29
  );
}

/** §7.3: Is = Iolr + Ist + Iq. */
function simultaneousImpairment(plan: TransmissionParameters, { noise, basic }: Ratios): number {
  const overall = plan.sendLoudness + plan.receiveLoudness;
  const loudness = overall + 0.2 * (64 + noise - plan.receiveLoudness);
  const tooLoud = 20 * (corner(loudness / 8, 8) - loudness / 8);
  const quantising = 37 - 15 * Math.log10(plan.quantisingUnits);
  const g = 1.07 + 0.258 * quantising + 0.0602 * quantising ** 2;
  const y = (basic - 100) / 15 + 46 / 8.4 - g / 9;
  const z = 46 / 30 - g / 40;
  return tooLoud + sidetoneImpairment(plan) + 15 * Math.log10(1 + 10 ** y + 10 ** z);
}

/** §7.4: Idte, one's own voice that comes back. */
function talkerEchoImpairment(plan: TransmissionParameters, { noise }: Ratios): number {
  const delay = plan.echoPathDelayMs;
  if (delay < 1) return 0;
  const sidetone = sidetoneImpairment(plan);
  const masked =
    plan.talkerEchoLoudness -
    40 * Math.log10((1 + delay / 10) / (1 + delay / 150)) +
    6 * Math.exp(-0.3 * delay ** 2);
  const loudness = plan.sidetoneMasking < 9 ? masked + sidetone / 2 : masked;
  const difference = -1.5 * (noise - plan.receiveLoudness) - (80 + 2.5 * (loudness - 14));
  const echo = (difference / 2 + Math.sqrt(difference ** 2 / 4 + 100) - 1) * (1 - Math.exp(-delay));
  return plan.sidetoneMasking > 20 ? Math.hypot(echo, sidetone) : echo;
}

/** §7.4: Idle, the far side's voice that comes twice. */
function listenerEchoImpairment(plan: TransmissionParameters, { basic }: Ratios): number {
  const rating = 10.5 * (plan.weightedEchoPathLoss + 7) * (plan.roundTripDelayMs + 1) ** -0.25;
  const difference = basic - rating;
  return difference / 2 + Math.sqrt(difference ** 2 / 4 + 169);
}

/** §7.4: Idd, delay that makes people talk over each other; nothing up to 100 ms. */
function absoluteDelayImpairment(delayMs: number): number {
  if (delayMs <= 100) return 0;
  const x = Math.log2(delayMs / 100);
  return 25 * (corner(x, 6) - 3 * corner(x / 3, 6) + 2);
}

function delayImpairment(plan: TransmissionParameters, ratios: Ratios): number {
  return (
    talkerEchoImpairment(plan, ratios) +
    listenerEchoImpairment(plan, ratios) +
    absoluteDelayImpairment(plan.absoluteDelayMs)
  );
}

/** §7.5: Ie,eff. */
function equipmentImpairment(plan: TransmissionParameters): number {
  const { equipmentImpairment: codec, lossPercent, burstRatio, lossRobustness } = plan;
  if (lossPercent <= 0) return codec;
  return codec + ((95 - codec) * lossPercent) / (lossPercent / burstRatio + lossRobustness);
}

/** R of a connection, 93.2 with nothing but defaults; may fall below 0. */
export function transmissionRating(given: Partial<TransmissionParameters> = {}): number {
  const plan = { ...defaultTransmission, ...given };
  const ratios = basicRatio(plan);
  return (
    ratios.basic -
    simultaneousImpairment(plan, ratios) -
    delayImpairment(plan, ratios) -
    equipmentImpairment(plan) +
    plan.advantage
  );
}

/** Annex B: the mean opinion, 1 to 4.5, that people have of a rating. */
export function meanOpinion(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating));
}

/**
 * What a codec costs. `narrow`: telephone band, rated on G.107's scale. `wide`: rated on the scale of G.107.1, which ends at 129 and
 * is brought back to the first by 1.29 before it becomes an opinion, so that a wideband call is judged as people used to wideband do.
 */
interface CodecImpairment {
  band: 'narrow' | 'wide';
  /** Ie, or Ie,WB. */
  impairment: number;
  /** Bpl with concealment. */
  robustness: number;
}

/** Narrow-band ratings end at 93.2 and wideband ones at 129 (G.107.1 §7.1). */
const widebandStretch = 1.29;
const widebandGain = 129 - 93.2;

const telephone: CodecImpairment = { band: 'narrow', impairment: 0, robustness: 25.1 };

/** G.711: G.113 Appendix I, with concealment. G.722: Ie,WB of G.113 Appendix IV. The rest is not in the tables: our own estimate. */
const codecs: Readonly<Record<string, CodecImpairment>> = {
  PCMU: telephone,
  PCMA: telephone,
  G722: { band: 'wide', impairment: 13, robustness: 15 },
  opus: { band: 'wide', impairment: 5, robustness: 20 },
  L16: { band: 'wide', impairment: 0, robustness: 15 },
};

export interface HeardCall {
  /** Encoding name; an unknown one counts as G.711. */
  codec: string;
  /** Lost or late packets in hundred. */
  lossPercent: number;
  /** 1 for random losses, more for bursts. */
  burstRatio: number;
  /** From mouth to ear; null where it is not known, which costs nothing. */
  delayMs: number | null;
}

export interface Verdict {
  /** R, 0 to 100, without and with what delay costs. */
  listeningRating: number;
  conversationalRating: number;
  /** MOS, 1 to 4.5 (P.800.1: MOS-LQE and MOS-CQE). */
  listening: number;
  conversational: number;
}

/** Judges a call by what is measured of it. Echo is taken for cancelled at both ends. */
export function judgeCall({ codec, lossPercent, burstRatio, delayMs }: HeardCall): Verdict {
  const { band, impairment, robustness } = codecs[codec] ?? telephone;
  const heard = {
    equipmentImpairment: impairment,
    lossRobustness: robustness,
    lossPercent,
    burstRatio,
  };
  const delay = delayMs ?? 0;
  const delayed = { echoPathDelayMs: delay, roundTripDelayMs: 2 * delay, absoluteDelayMs: delay };
  const scaled = (rating: number) => {
    const onScale = band === 'wide' ? (rating + widebandGain) / widebandStretch : rating;
    return Math.min(100, Math.max(0, onScale));
  };
  const listeningRating = scaled(transmissionRating(heard));
  const conversationalRating = scaled(transmissionRating({ ...heard, ...delayed }));
  return {
    listeningRating,
    conversationalRating,
    listening: meanOpinion(listeningRating),
    conversational: meanOpinion(conversationalRating),
  };
}
