/** All that opens in place, in one file: the first station that is opened brings the others along. */
export { default as AttentionFormula } from "../features/attention/AttentionFormula.svelte";
export { default as AttentionMechanism } from "../features/attention/AttentionMechanism.svelte";
export { default as SeedFormula } from "../features/noise/SeedFormula.svelte";
export { default as Seeds } from "../features/noise/Seeds.svelte";
export { default as DecoderFormula } from "../features/decoder/DecoderFormula.svelte";
export { default as DecoderMechanism } from "../features/decoder/DecoderMechanism.svelte";
export { default as FollowNumber } from "../features/refiner/FollowNumber.svelte";
export { default as Formula } from "../features/refiner/Formula.svelte";
export { default as Mechanism } from "../features/refiner/Mechanism.svelte";
export { default as TextFormula } from "../features/text/TextFormula.svelte";
export { default as TextMechanism } from "../features/text/TextMechanism.svelte";
