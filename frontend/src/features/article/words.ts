import type { Cell } from "../../tensor/tensor";
import type { Facts } from "./facts";

/**
 * The article below the explorer. **bold**, *term*, {quantity}, [text](address) or [text](open:station):
 * see `prose.ts`.
 */
export const article = {
  title: "How text becomes a picture",
  contents: "In this article",
  loading: "The article loads here.",
  figure: (number: number) => `Figure ${number}.`,
  at_step: (step: number, rows: number) => `Step ${step} of ${rows}`,

  what: {
    title: "What it is",
    lead: "A diffusion model is a network that has learned to take noise away. Start it on nothing but noise, tell it what to look for, and it takes noise away until a picture is left.",
    text: (facts: Facts) => [
      "Stable Diffusion, published in 2022, made this cheap enough for an ordinary graphics card. The trick is that the noise is not taken from pixels but from a much smaller array of numbers, the *latent*, which is turned into pixels once, at the end. Version 1 draws 512×512 pixels this way, and its larger successor SDXL 1024×1024.",
      "The same recipe now makes sound and video, fills holes in photographs and follows sketches. This page stays with its best-known use: from a text prompt to a picture.",
      `Every figure below belongs to the run in the explorer above, at the step it is at. **Move the step with the bar at the bottom of the window, and every figure follows.** The model that draws here is ${facts.name}, with a latent of ${facts.latent} numbers and pictures of ${facts.picture}. It is built like Stable Diffusion, part by part; where their sizes differ, the text says both.`,
    ],
  },
  parts: {
    title: "Three parts, one path",
    lead: "A text encoder reads the prompt, a loop takes noise away from a latent, and a decoder turns the finished latent into pixels.",
    text: (facts: Facts) => [
      `**The text encoder.** In: the prompt. Out: ${facts.slots} vectors of ${facts.width} numbers (768 in Stable Diffusion 1), one for each slot of the prompt.`,
      `**The UNet and the scheduler**, which is the loop. In: those vectors, and a latent of ${facts.latent} numbers that is pure noise at first. Out: a latent of the same shape with a little less noise in it, ${facts.rows} times over in this run.`,
      `**The decoder.** In: the finished latent. Out: the picture, ${facts.picture} numbers for red, green and blue.`,
    ],
    figure: "The path of this run, with its own data at this step.",
    prompt: "Prompt",
    text_tile: "Text representation",
    latent_tile: "Latent",
    picture_tile: "Heading for",
    after: (facts: Facts) => [
      `The picture holds ${facts.times} times as many numbers as the latent, and Stable Diffusion's does too: 3×512×512 against 4×64×64. Nearly all the work happens in the smaller one.`,
      "The parts were trained one after the other. An autoencoder learned to pack pictures into latents and to unpack them, and CLIP learned to match pictures and captions. Only then did the UNet learn to take noise away, with the other two held still.",
    ],
  },
  training: {
    title: "Training, in one picture",
    lead: "Training goes the other way: spoil a picture with a known amount of noise, and learn to tell what the noise was.",
    text: () => [
      "Take a picture with a caption, pack it into a latent, draw random noise, and mix the two at once, at a noise level picked by lot. Show the mixture, the level and the caption to the UNet and ask: which noise was this? Compare its answer with the noise that was mixed in, correct its weights a little, and go on with the next picture, millions of times.",
    ],
    figure:
      "A clean latent and noise, mixed at this step's noise level. For want of a training picture, the clean latent is the one this run ends with, and the noise is the one it began with.",
    clean: "Clean latent",
    noise: "Noise",
    mixture: "Mixture",
    label: (name: string, noise: number) => `${name}, as colours; the mixture holds ${noise} % noise`,
    after: () => [
      "Keep this mixing apart from the steps of the explorer. Mixing happens in training only, jumps to its noise level in one go, and needs a finished picture. Drawing has no picture to begin with: it starts from noise and comes down level by level.",
      "Now and then training leaves the caption empty. So one network learns both of the predictions that *guidance* will need.",
    ],
  },
  tokens: {
    title: "From words to tokens",
    lead: "The prompt is cut into pieces that the model has a number for.",
    text: (facts: Facts) => [
      "The pieces are called *tokens*. A common word is one token; a rare or glued-together one is spelled with several, by a scheme called byte-pair encoding. CLIP knows 49,408 of them.",
      `A start token goes first and an end token last. The encoder always reads ${facts.slots} slots: start, at most ${facts.slots - 2} tokens of the prompt, end, and more end tokens as padding. **A prompt that is too long is cut at its end**: the beginning stays, the tail is dropped, and nothing behind the cut ever reaches the picture. The page shows what was cut.`,
    ],
    figure: (used: number, padding: number) =>
      `The tokens of this run's prompt and their ids: ${used} slots are used, ${padding} are padding.`,
    list: "Tokens and ids",
    cut: "cut",
    more: (count: number) =>
      count === 1 ? "and 1 more slot of padding" : `and ${count} more slots of padding`,
    after: () => [
      "A fixed length lets all prompts be computed alike. That it is 77 was settled when CLIP was trained: long enough for most captions, short enough to be quick. [Look at all slots in the explorer](open:text).",
    ],
  },
  text: {
    title: "From tokens to a text representation",
    lead: "CLIP's text encoder turns the tokens into vectors that carry what a picture of the prompt would show.",
    text: (facts: Facts) => [
      "CLIP is a pair of networks, one for pictures and one for text, trained together until a picture and its own caption land close to each other and far from all others. That is why the text side carries what a picture needs.",
      `It does not sum the prompt up in one vector. Each of the ${facts.slots} slots has its own, ${facts.width} numbers long, and the encoder reads from left to right: a slot has read all the words before it and none of those behind it. Even the padding has read the prompt, and the UNet reads the padding too.`,
    ],
    figure: "A column for each slot, a row for each number; blue is negative, orange positive.",
    prompt: "Your prompt",
    empty: "The empty prompt",
    negative: "The negative prompt",
    label: (name: string, slots: number, width: number) =>
      `${name}: text representation, a column for each of ${slots} slots, a row for each of ${width} numbers`,
    after: () => [
      "Change one word, and every column to the left of it stays exactly as it was: those slots never read that far. Compare two prompts in the explorer to see it.",
      "The empty prompt has a text representation of its own: a start token, then end tokens. It is not a block of zeros (in SDXL's base model it is), and the first columns are alike on both sides, for the start token has read nothing but itself.",
    ],
  },
  seed: {
    title: "The seed and the starting noise",
    lead: "The seed is the number from which the starting noise is made, and nothing else.",
    text: () => [
      "A random generator that starts from the same seed gives the same noise, and the same noise gives the same picture, as long as model, prompt, guidance, scheduler, steps and size are the same too. The noise is drawn on the processor, not on the graphics card, so that a seed means the same on every machine.",
      "A seed is not a style and not a pose, and seed 8 is no closer to seed 7 than to seed 70. Still the noise matters: the first steps build on whatever it happens to hold, so a lucky seed often keeps its layout when you change a few words.",
    ],
    figure: (seed: number) =>
      `The starting noise of seed ${seed}: its channels one by one, and all as colours.`,
    channel: (number: number) => `Channel ${number}`,
    channel_label: (number: number, seed: number) =>
      `Channel ${number} of the starting noise of seed ${seed}; blue is negative, orange positive`,
    colours: "As colours",
    after: () => [
      "A latent is no thumbnail. Its channels have no names, and no channel is red or green or blue. Wherever a latent is shown in colours, a fixed mapping of our own was used, and the badge says approximate.",
    ],
  },
  unet: {
    title: "What the UNet answers",
    lead: "At every step the UNet looks at the latent and answers: this is all the noise that I believe is in it.",
    text: (facts: Facts) => [
      "It is given three things: the latent {latent}, the text representation, and the timestep {timestep}, which tells it how much noise to expect. It gives back an array of the same shape as the latent. That is not a picture, and not the share to be taken away now: it is *all* the noise it believes is there.",
      "The words come in through *cross-attention*: in several layers every place of the latent compares itself with the vectors of all slots, and takes in most from those that fit best.",
      `Two counts run in opposite directions. The page counts steps, from 1 to ${facts.rows}. The model counts timesteps down, and a high {timestep} means much noise: step 1 of this run is {timestep} = ${facts.first_timestep}, its last step is {timestep} = ${facts.last_timestep}.`,
    ],
    figure: "The noise level √(1 − ᾱ) and the signal level √ᾱ over all steps of this run.",
    noise_level: "noise level",
    signal_level: "signal level",
    here: (timestep: number, noise: string, signal: string) =>
      `t = ${timestep}: noise level ${noise}, signal level ${signal}`,
    after: () => [
      "One level deeper: even at its highest level, training never showed pure noise. In Stable Diffusion 1 the signal level at {timestep} = 999 is 0.068, not 0. Drawing starts from pure noise all the same, a small mismatch that [Lin and others](https://arxiv.org/abs/2305.08891) trace many a dull picture to.",
    ],
  },
  guidance: {
    title: "Two predictions, and guidance",
    lead: "The UNet is asked twice at every step, with your prompt and with an empty one. Where the two answers differ, the prompt was at work.",
    text: (guidance: string) => [
      "**Generic noise** is the answer for the empty prompt: what to take away to get a good picture of anything at all. **Prompt noise** is the answer for yours. Take the first from the second, and the **impact of the prompt** is left.",
      `Guidance starts from the generic noise and adds that impact, not once but {guidance} times. In this run {guidance} is ${guidance}:`,
    ],
    figure: ({ channel, row, column }: Cell) =>
      `The four arrays of this step. Below each, the number in channel ${channel + 1}, row ${row + 1}, column ${column + 1}: check the sum.`,
    after: () => [
      "At {guidance} = 0 the prompt is ignored. At {guidance} = 1 the result is the plain prompt noise, which tends to follow the prompt too loosely. At 7 it goes far beyond both answers, in the direction from the one to the other. At 20 colours burn out, shapes break, and the pictures of a prompt grow alike. So {guidance} does not say how many times as obedient the picture is.",
      "A **negative prompt** takes the place of the empty one. The generic noise is then the answer for what you do not want, and guidance moves away from it.",
      "A trap of other tools: many switch guidance off at 1 and below, so that their 0 draws the same as their 1. Here both predictions are made for every {guidance}. [Turn guidance in the explorer](open:refiner).",
    ],
  },
  scheduler: {
    title: "How much goes: the scheduler",
    lead: "The UNet names all the noise. The scheduler decides how much of it goes in this step.",
    text: (facts: Facts) => [
      "Taking everything at once would leave a blurry guess. So a share is taken, the UNet looks again at what is left, and its answer gets better as the noise gets less. How large the share is follows from the number of steps and from where in the run we are.",
      `In short: a downscaled part of the noise is subtracted, and the result is the latent of the next step. In full, this is what ${facts.scheduler} did in this step:`,
    ],
    figure: "What the latent and the predicted noise were multiplied by, step by step.",
    where: "In this order:",
    latent_factor: "factor of the latent",
    prediction_factor: "factor of the prediction, as a size",
    here: (latent: string, prediction: string) => `latent × ${latent}, prediction × ${prediction}`,
    after: () => [
      "The latent is multiplied too. With DDIM that factor is above 1: as the noise goes, the signal has to grow into its place.",
      "Other schedulers write other sums. Euler and LMS do subtract and nothing else, on a latent that starts many times larger. LMS, DPM++ and UniPC also reuse what was predicted in earlier steps. Ancestral samplers put some fresh noise back. [Open this step's formula in the explorer](open:refiner/3).",
    ],
  },
  heading: {
    title: "Where it is heading",
    lead: "At any step we may take away all of the predicted noise at once, just to look: a forecast of the picture.",
    text: () => [
      "The forecast is written {predicted_latent}, the latent as it is now {latent}. The first forecasts are a blurry average of all that could still come, and high guidance makes them glaring. Then the layout settles, then the shapes, and the texture last. The film at the bottom of the window shows the forecast of every step.",
    ],
    figure: "The latent of this step decoded as it is, and with all the predicted noise taken away.",
    now: "Now",
    forecast: "Heading for",
    after: () => [
      "This is also why early steps matter most for what the picture shows, and late steps for how crisp it looks. No single step puts an object in: the forecast moves there little by little.",
    ],
  },
  decoding: {
    title: "“Upscaling” is decoding",
    lead: "After the last step the decoder turns the latent into pixels. It is often called upscaling, but nothing is enlarged.",
    text: (facts: Facts) => [
      `The latent holds ${facts.latent_count} numbers, the picture ${facts.picture_count}. The decoder does not stretch a small picture: the numbers of one cell say what a patch of 8×8 pixels shows, its edges and its texture, and the decoder has learned to paint that.`,
    ],
    figure: "This step's latent, and the same latent decoded.",
    latent: "Latent, as colours",
    picture: "Decoded",
    after: () => [
      "What the latent cannot hold is lost: small print and faces far away come out wrong however many steps you take. In return every step handles far fewer numbers, and that is what made such models affordable. [Open the decoder in the explorer](open:decoder).",
    ],
  },
  keywords: {
    title: "How a keyword acts",
    lead: "Leave one keyword out, keep everything else, and see what changes.",
    text: () => [
      "Writing prompts is trial and error: you add “pixel art”, take it away, try another place. It goes faster once you have seen what a word does. Two runs with the same seed and settings start from the very same noise, so whatever differs between them is due to the words.",
    ],
    choose: "Draw this prompt again without …",
    pairs: "Or open a stored pair:",
    pairs_only: "Open a stored pair:",
    back: "The comparison is open in the explorer above. Close it to compare something else.",
    after: () => [
      "Cross-attention can be drawn as a map of where a word is *read*. That is not yet what it caused: adjectives spill over to their neighbours, and similar nouns blend, as [DAAM](https://arxiv.org/abs/2210.04885) showed. Leaving the word out and drawing again is the test that shows the cause.",
      "Watch when the two runs part, too. A place or a subject tells them apart within the first steps; a word about texture can take until the middle of the run.",
    ],
  },
  demo: {
    title: "Try it yourself",
    lead: "Write what should be in the picture and what should not. These are the controls of the explorer: what you draw here is drawn there.",
    prompt: "Positive prompt",
    prompt_help:
      "What the picture should show. Name a subject, a place and a style; what stands early is read by everything behind it.",
    negative: "Negative prompt",
    negative_help:
      "What it should not show, as plain words without “no”. It replaces the empty prompt in every step, and guidance moves away from it. Empty is a good start.",
    guidance: "Guidance",
    guidance_help:
      "How far to go from the generic towards the prompt noise. Low is free and varied, 7 is usual, 20 burns.",
    steps: "Steps",
    steps_help:
      "How many looks the UNet gets. More steps are smaller ones and take longer; from some 25 on the picture hardly changes.",
    scheduler: "Scheduler",
    scheduler_help:
      "How each step is computed. Most draw nearly the same picture from the same noise; an ancestral one adds noise of its own and goes elsewhere.",
    seed: "Seed",
    seed_help: "Which starting noise. Another number is another picture, not a similar one.",
    draw: "Draw",
    result: "The picture of the explorer, at the step it is at.",
    outdated: "These settings are not drawn yet.",
    replay: "There is no server here to draw with. Choose one of the stored runs:",
    stored: "Stored runs",
  },
  misconceptions: {
    title: "Misconceptions",
    lead: "What many people believe, and what is so.",
    list: (facts: Facts): [belief: string, truth: string][] => [
      [
        "It searches a store of pictures, or pastes pieces of them together.",
        `There are no pictures inside. The UNet of this page is ${facts.unet_parameters} numbers, and all they do is predict noise. A model may learn a picture by heart that it was shown very often; that is a known [fault](https://arxiv.org/abs/2301.13188), not the way it works.`,
      ],
      [
        "More steps make a better picture.",
        "Up to a point. After that the picture hardly changes, and with an ancestral scheduler it just changes.",
      ],
      [
        "At some step it adds the ears.",
        "No step adds an object. All that a step does is take away a share of the predicted noise.",
      ],
      [
        "The UNet paints.",
        "It predicts noise, all of it at once. The picture is what is left when enough has been taken away.",
      ],
      [
        "Guidance 14 obeys twice as well as 7.",
        "It multiplies the impact of the prompt, not the likeness to it, and too much of it spoils the picture.",
      ],
      ["Neighbouring seeds are similar.", "They are as unrelated as any two."],
      [
        "One vector stands for the whole prompt.",
        `The UNet reads ${facts.slots} of them, one for each slot, padding included.`,
      ],
      [
        "The map of a word shows what the word made.",
        "It shows where the word was read. Leave the word out to see what it made.",
      ],
    ],
  },
  further: {
    title: "Further reading",
    lead: "Where each of these ideas comes from.",
    papers: [
      [
        "Rombach and others, 2022",
        "High-Resolution Image Synthesis with Latent Diffusion Models",
        "https://arxiv.org/abs/2112.10752",
        "Stable Diffusion's own paper.",
      ],
      [
        "Ho, Jain and Abbeel, 2020",
        "Denoising Diffusion Probabilistic Models",
        "https://arxiv.org/abs/2006.11239",
        "Learning to predict the noise.",
      ],
      [
        "Song, Meng and Ermon, 2021",
        "Denoising Diffusion Implicit Models",
        "https://arxiv.org/abs/2010.02502",
        "DDIM, the scheduler of most runs here.",
      ],
      [
        "Ho and Salimans, 2022",
        "Classifier-Free Diffusion Guidance",
        "https://arxiv.org/abs/2207.12598",
        "The two predictions and w.",
      ],
      [
        "Radford and others, 2021",
        "Learning Transferable Visual Models From Natural Language Supervision",
        "https://arxiv.org/abs/2103.00020",
        "CLIP.",
      ],
      [
        "Ronneberger, Fischer and Brox, 2015",
        "U-Net: Convolutional Networks for Biomedical Image Segmentation",
        "https://arxiv.org/abs/1505.04597",
        "The shape of the denoiser.",
      ],
      [
        "Sennrich, Haddow and Birch, 2016",
        "Neural Machine Translation of Rare Words with Subword Units",
        "https://arxiv.org/abs/1508.07909",
        "Byte-pair encoding of text.",
      ],
      [
        "Karras and others, 2022",
        "Elucidating the Design Space of Diffusion-Based Generative Models",
        "https://arxiv.org/abs/2206.00364",
        "Schedulers, side by side.",
      ],
      [
        "Tang and others, 2023",
        "What the DAAM: Interpreting Stable Diffusion Using Cross Attention",
        "https://arxiv.org/abs/2210.04885",
        "Where words are read.",
      ],
      [
        "Hertz and others, 2022",
        "Prompt-to-Prompt Image Editing with Cross Attention Control",
        "https://arxiv.org/abs/2208.01626",
        "What words decide, and when.",
      ],
      [
        "Lin and others, 2024",
        "Common Diffusion Noise Schedules and Sample Steps Are Flawed",
        "https://arxiv.org/abs/2305.08891",
        "Why the start is not quite pure noise.",
      ],
      [
        "Podell and others, 2023",
        "SDXL: Improving Latent Diffusion Models for High-Resolution Image Synthesis",
        "https://arxiv.org/abs/2307.01952",
        "The larger successor.",
      ],
    ],
    acknowledgements: "Acknowledgements",
    thanks: [
      "This page owes its idea to two works. [Diffusion Explainer](https://poloclub.github.io/diffusion-explainer/) by Seongmin Lee and others ([paper](https://arxiv.org/abs/2305.03509)) first let readers step through Stable Diffusion in the browser, and [The Illustrated Stable Diffusion](https://jalammar.github.io/illustrated-stable-diffusion/) by Jay Alammar taught many of us how its parts fit together. The words, pictures and code here are our own.",
      "Storybook, the model that comes with this page, learned to draw from [Fluent Emoji](https://github.com/microsoft/fluentui-emoji) (© Microsoft, MIT License) and [Noto Emoji](https://github.com/googlefonts/noto-emoji) (© Google, Apache License 2.0), and knows its subjects by the names of [Emojibase](https://emojibase.dev) (© Miles Johnson, MIT License). The page is set in [Inter](https://github.com/rsms/inter) and [STIX Two Text](https://github.com/stipub/stixfonts) (SIL Open Font License).",
    ],
  },
} as const;
