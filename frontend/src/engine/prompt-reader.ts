import { Tokenizer } from "@huggingface/tokenizers";
import type { Token, TokenKind } from "../wire/trace";
import { normalized } from "./normalized";

/** A prompt in the model's slots. */
export interface Prompt {
  tokens: Token[];
  cut_tokens: Token[];
  /** The text of what did not fit. */
  truncated: string;
}

/** What stands in tokenizer.json, as far as it is looked at here. */
export interface TokenizerFile {
  added_tokens: { id: number; content: string }[];
  pre_tokenizer: object;
  post_processor: { cls: [string, number]; sep: [string, number] };
  truncation: { max_length: number };
}

/** A piece of a word, and the characters of the prompt that it stands for. */
interface Piece {
  id: number;
  start: number;
  end: number;
}

const word_end = "</w>";
const python_space = "[\\p{White_Space}\x1c-\x1f]+";
const outer_space = new RegExp(`^${python_space}|${python_space}$`, "gu");

/**
 * Reads prompts as the server does: into slots, words and characters. Words are those of the tokenizer: letters, digits
 * and punctuation are separate words even without a space.
 */
export class PromptReader {
  private readonly tokenizer: Tokenizer;
  /** Splits a prompt at the tokens that stand for themselves wherever they are written. */
  private readonly special: RegExp;

  constructor(private readonly file: TokenizerFile) {
    this.tokenizer = new Tokenizer(withUnicodeSpaces(file), { clean_up_tokenization_spaces: false });
    const contents = file.added_tokens.map(({ content }) => content.replaceAll("|", "\\|"));
    this.special = new RegExp(`(${contents.join("|")})`, "u");
  }

  read(prompt: string): Prompt {
    const slots = this.file.truncation.max_length;
    const pieces = this.words(prompt).flatMap((word, index) => this.spelled(word, index));
    const [kept, cut] = [pieces.slice(0, slots - 2), pieces.slice(slots - 2)];
    const tokens = [this.mark(0, this.file.post_processor.cls[1], "start")];
    for (const piece of kept) tokens.push({ ...piece, slot: tokens.length, kind: "text" });
    while (tokens.length < slots) {
      const kind = tokens.length === kept.length + 1 ? "end" : "padding";
      tokens.push(this.mark(tokens.length, this.file.post_processor.sep[1], kind));
    }
    return { tokens, cut_tokens: cut, truncated: stripped(this.decoded(cut.map(({ id }) => id))) };
  }

  /** The words of a prompt, each in pieces; a special token is a word. */
  private words(prompt: string): Piece[][] {
    let place = 0;
    return prompt.split(this.special).flatMap((section) => {
      const start = place;
      place += [...section].length;
      const special = this.file.added_tokens.find(({ content }) => content === section);
      return special ? [[{ id: special.id, start, end: place }]] : this.plainWords(section, start);
    });
  }

  private plainWords(section: string, place: number): Piece[][] {
    const characters = normalized(section, place);
    const text = characters.map(({ text }) => text).join("");
    const bytes = characters.filter(({ text }) => text !== " ").flatMap(eachByte);
    let read = 0;
    return this.tokenizer.pre_tokenizer!.pre_tokenize(text).map((word) =>
      this.tokenizer.model!.encode([word]).map((piece) => {
        const first = bytes[read]!;
        read += [...piece.replace(word_end, "")].length;
        return { id: this.tokenizer.token_to_id(piece)!, start: first.start, end: bytes[read - 1]!.end };
      }),
    );
  }

  /** The pieces of a word as tokens that have no slot yet. */
  private spelled(pieces: Piece[], word_index: number): Token[] {
    const word = stripped(this.decoded(pieces.map(({ id }) => id)));
    return pieces.map(({ id, start, end }) => {
      return { slot: null, id, text: this.text(id), word, word_index, kind: "cut", start, end };
    });
  }

  private mark(slot: number, id: number, kind: TokenKind): Token {
    return { slot, id, text: this.text(id), word: null, word_index: null, kind, start: null, end: null };
  }

  private text(id: number): string {
    return stripped(this.decoded([id])) || this.tokenizer.id_to_token(id)!;
  }

  private decoded(ids: number[]): string {
    return ids.length > 0 ? this.tokenizer.decode(ids) : "";
  }
}

/** One entry for every byte of a character, in UTF-8. */
function eachByte<Character extends { text: string }>(character: Character): Character[] {
  return Array.from(new TextEncoder().encode(character.text), () => character);
}

/** Without what Python's `strip` takes away, which differs from JavaScript's `trim`. */
export function stripped(text: string): string {
  return text.replace(outer_space, "");
}

/** The library's last split of words takes U+FEFF for a space; as a pattern of its own it reads it as Unicode does. */
function withUnicodeSpaces(file: TokenizerFile): object {
  const { pretokenizers } = file.pre_tokenizer as { pretokenizers: [object, object] };
  const Regex = "'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}+|[^\\s\\p{L}\\p{N}]+";
  const split = { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false };
  const bytes = { ...pretokenizers[1], use_regex: false };
  return { ...file, pre_tokenizer: { type: "Sequence", pretokenizers: [pretokenizers[0], split, bytes] } };
}
