/** All that opens in place, in one file: the first station that is opened brings the others along. */
export { default as AttentionFormula } from "./views/attention/AttentionFormula.svelte";
export { default as AttentionMechanism } from "./views/attention/AttentionMechanism.svelte";
export { default as SeedFormula } from "./views/noise/SeedFormula.svelte";
export { default as Seeds } from "./views/noise/Seeds.svelte";
export { default as DecoderFormula } from "./views/picture/DecoderFormula.svelte";
export { default as DecoderMechanism } from "./views/picture/DecoderMechanism.svelte";
export { default as FollowNumber } from "./views/refiner/FollowNumber.svelte";
export { default as Formula } from "./views/refiner/Formula.svelte";
export { default as Mechanism } from "./views/refiner/Mechanism.svelte";
export { default as TextFormula } from "./views/text/TextFormula.svelte";
export { default as TextMechanism } from "./views/text/TextMechanism.svelte";
